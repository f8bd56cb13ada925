"""Debian's python3-redis, as applications use it."""

import threading
import unittest

import redis

from support.case import ServerCase


class RedisPy(ServerCase):
    settings = {"unixsocket": "s.sock"}

    def setUp(self):
        super().setUp()
        self.client = redis.Redis(port=self.server.port, decode_responses=True)
        self.addCleanup(self.client.close)

    def test_strings(self):
        r = self.client
        self.assertTrue(r.set("a", "ä", ex=100))
        self.assertEqual(r.get("a"), "ä")
        self.assertIsNone(r.set("a", 1, nx=True))
        self.assertEqual(r.set("a", 2, get=True, keepttl=True), "ä")
        self.assertIn(r.ttl("a"), (99, 100))
        self.assertEqual(r.incrbyfloat("f", 1.5), 1.5)
        self.assertEqual(r.mget(["a", "none"]), ["2", None])
        self.assertTrue(r.mset({"x": 1, "y": 2}))
        self.assertEqual(r.getex("x", persist=True), "1")
        self.assertEqual(r.getdel("x"), "1")

    def test_bits(self):
        self.assertEqual(self.client.setbit("b", 7, 1), 0)
        self.assertEqual(self.client.bitcount("b"), 1)
        self.assertEqual(self.client.bitfield("b").incrby("u8", 0, 5).get("u8", 0).execute(), [6, 6])

    def test_keys(self):
        r = self.client
        r.mset({f"k{n}": n for n in range(500)})
        self.assertEqual(sum(1 for _ in r.scan_iter(match="k*", count=50)), 500)
        self.assertEqual(r.delete("k1", "k2", "none"), 2)
        self.assertTrue(r.expire("k3", 100))
        self.assertTrue(r.rename("k3", "renamed"))
        self.assertTrue(r.copy("renamed", "copied"))
        self.assertEqual(r.type("copied"), "string")
        self.assertEqual(r.object("encoding", "copied"), "int")
        self.assertEqual(r.dbsize(), 499)

    def test_pipelines(self):
        pipe = self.client.pipeline(transaction=False)
        for n in range(1000):
            pipe.set(f"k{n}", n)
        pipe.get("k999")
        self.assertEqual(pipe.execute()[-1], "999")

    def test_errors_are_of_their_kind(self):
        self.client.set("a", "x")
        with self.assertRaisesRegex(redis.ResponseError, "value is not an integer or out of range"):
            self.client.incr("a")
        with self.assertRaisesRegex(redis.ResponseError, "unknown command"):
            self.client.execute_command("NOSUCH")

    def test_server_commands(self):
        r = self.client
        self.assertTrue(r.ping())
        self.assertEqual(r.info()["redis_mode"], "standalone")
        self.assertGreater(r.info("memory")["used_memory"], 0)
        self.assertEqual(r.config_get("timeout"), {"timeout": "0"})
        self.assertTrue(r.client_setname("me"))
        self.assertIn("me", [client["name"] for client in r.client_list()])
        self.assertEqual(r.command_count() > 50, True)
        self.assertIn("get", r.command())
        self.assertEqual(len(r.time()), 2)

    def test_unix_socket_and_password(self):
        self.client.config_set("requirepass", "pw")
        path = str(self.server.folder / "s.sock")
        with redis.Redis(unix_socket_path=path, password="pw", db=2, client_name="me") as other:
            self.assertTrue(other.ping())
        with redis.Redis(unix_socket_path=path) as stranger, self.assertRaises(redis.AuthenticationError):
            stranger.ping()

    def test_many_threads(self):
        def work():
            for _ in range(200):
                self.client.incr("n")

        threads = [threading.Thread(target=work) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(self.client.get("n"), "2000")

    def test_a_lock(self):
        """The simple lock that needs no scripts: SET NX PX, then DEL by its owner."""
        self.assertTrue(self.client.set("lock", "me", nx=True, px=60000))
        self.assertFalse(self.client.set("lock", "you", nx=True, px=60000))
        self.assertEqual(self.client.delete("lock"), 1)


if __name__ == "__main__":
    unittest.main()
