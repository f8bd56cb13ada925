"""Django's cache and sessions on python3-django-redis, over TCP and a Unix socket."""

import threading
import time
import unittest

import django
from django.conf import settings

from support.case import ServerCase

if not settings.configured:
    settings.configure(
        CACHES={"default": {}},  # each test fills it in
        SESSION_ENGINE="django.contrib.sessions.backends.cache", SECRET_KEY="x", USE_TZ=True)
    django.setup()

from django.contrib.sessions.backends.cache import SessionStore  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django_redis import get_redis_connection, pool  # noqa: E402


class DjangoRedis(ServerCase):
    settings = {"unixsocket": "s.sock"}

    def setUp(self):
        super().setUp()
        pool.ConnectionFactory._pools.clear()
        self.cache = self.open(f"redis://127.0.0.1:{self.server.port}/2")

    def open(self, location, name="default", **options):
        """The cache `name`, on the server of this test."""
        caches.settings[name] = {
            "BACKEND": "django_redis.cache.RedisCache", "LOCATION": location, "KEY_PREFIX": "app",
            "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient", **options},
        }
        caches[name] = caches.create_connection(name)
        return caches[name]

    def test_values(self):
        cache = self.cache
        value = {"list": [1, "ä"], "bytes": b"\0\xff"}
        cache.set("a", value, 100)
        self.assertEqual(cache.get("a"), value)
        self.assertIn(cache.ttl("a"), (99, 100))
        self.assertIsNone(cache.get("none"))
        self.assertFalse(cache.add("a", 1))
        self.assertTrue(cache.add("b", 1))
        self.assertEqual(cache.incr("b", 5), 6)
        self.assertEqual(cache.decr("b"), 5)
        with self.assertRaises(ValueError):
            cache.incr("none")
        cache.set_many({f"k{n}": n for n in range(100)}, 50)
        self.assertEqual(cache.get_many(["k1", "k99", "none"]), {"k1": 1, "k99": 99})
        self.assertEqual(cache.get_or_set("c", lambda: "computed"), "computed")
        self.assertEqual(cache.incr_version("c"), 2)
        self.assertEqual(cache.get("c", version=2), "computed")
        self.assertTrue(cache.delete("a"))
        self.assertFalse(cache.has_key("a"))
        self.assertEqual(cache.delete_many(["k1", "k2"]), 2)

    def test_deadlines(self):
        cache = self.cache
        cache.set("a", 1, timeout=None)
        self.assertIsNone(cache.ttl("a"))
        self.assertTrue(cache.expire("a", 100))
        self.assertTrue(cache.persist("a"))
        self.assertTrue(cache.touch("a", 50))
        self.assertTrue(cache.pexpire("a", 100))
        time.sleep(0.15)
        self.assertIsNone(cache.get("a"))
        cache.set("b", 1, timeout=0)
        self.assertIsNone(cache.get("b"))

    def test_patterns_and_clear(self):
        cache = self.cache
        cache.set_many({f"user:{n}": n for n in range(300)} | {"other": 1})
        self.assertEqual(len(set(cache.iter_keys("user:*"))), 300)
        self.assertEqual(sorted(cache.keys("user:29?")), sorted(f"user:29{n}" for n in range(10)))
        self.assertEqual(cache.delete_pattern("user:*", itersize=20), 300)
        self.assertEqual(cache.get("other"), 1)
        cache.clear()
        self.assertEqual(get_redis_connection("default").dbsize(), 0)

    def test_locks(self):
        counter = []

        def work():
            with self.cache.lock("lock", timeout=10, sleep=0.005):
                before = len(counter)
                time.sleep(0.005)
                counter.append(before)
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(counter, list(range(8)))

    def test_unix_socket_compression_json(self):
        cache = self.open(
            f"unix://{self.server.folder}/s.sock?db=4", "socket",
            SERIALIZER="django_redis.serializers.json.JSONSerializer",
            COMPRESSOR="django_redis.compressors.zlib.ZlibCompressor")
        cache.set("long", "x" * 100000)
        self.assertEqual(cache.get("long"), "x" * 100000)
        raw = get_redis_connection("socket")
        self.assertLess(raw.strlen(cache.make_key("long")), 1000)
        self.assertEqual(raw.client_list()[0]["db"], "4")

    def test_sessions(self):
        session = SessionStore()
        session["user"] = 42
        session.set_expiry(100)
        session.save()
        again = SessionStore(session.session_key)
        self.assertEqual(again["user"], 42)
        again.cycle_key()
        self.assertFalse(SessionStore().exists(session.session_key))
        again.flush()
        self.assertEqual(get_redis_connection("default").dbsize(), 0)


if __name__ == "__main__":
    unittest.main()
