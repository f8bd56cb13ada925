"""Values of all types go to a real redis-server and come back: by DUMP and RESTORE, and by MIGRATE."""

import random
import unittest

from support.case import ServerCase, only_larder
from support.resp import Error
from support.servers import REDIS, Server


def value(rng):
    kind = rng.random()
    if kind < 0.3:
        return str(rng.randrange(-2 ** rng.choice([4, 15, 31, 62]), 2 ** 40))
    if kind < 0.9:
        return bytes(rng.choice(b"abc \xff\x00") for _ in range(rng.randrange(30)))
    return b"x" * rng.choice([63, 64, 65, 4095, 4096, 20000])


def values(rng, count):
    return [value(rng) for _ in range(count)]


def fill_stream(connection, rng, count):
    ids = []
    for i in range(count):
        fields = []
        for name in range(rng.choice([1, 2, 2])):
            fields += [f"field{name if rng.random() < 0.9 else i}", value(rng)]
        ids.append(connection.call("XADD", "k", f"{i // 3 + 1}-{i % 3 + 1}", *fields))
    for entry in rng.sample(ids, count // 4):
        connection.call("XDEL", "k", entry)
    for group in ("one", "two")[: rng.randrange(3)]:
        connection.call("XGROUP", "CREATE", "k", group, rng.choice(["0", "$", ids[count // 2]]))
        for consumer in ("alice", "bob"):
            connection.call("XREADGROUP", "GROUP", group, consumer, "COUNT", "5", "STREAMS", "k", ">")
        connection.call("XACK", "k", group, *ids[:3])


def fill(connection, rng):
    """Gives the key k a value of a random type and size."""
    count = rng.choice([1, 3, 20, 130, 600])
    kind = rng.choice(["string", "list", "set", "intset", "zset", "hash", "stream"])
    if kind == "string":
        connection.call("SET", "k", value(rng))
    elif kind == "list":
        connection.call("RPUSH", "k", *values(rng, count))
    elif kind == "set":
        connection.call("SADD", "k", *values(rng, count))
    elif kind == "intset":
        bound = rng.choice([9, 30_000, 10 ** 6, 10 ** 15])
        connection.call("SADD", "k", *[str(rng.randrange(-bound, bound)) for _ in range(count)])
    elif kind == "zset":
        scores = [rng.choice(["7", "-3", "0.5", "inf", "-inf", "1e300", repr(rng.random())]) for _ in range(count)]
        connection.call("ZADD", "k", *[word for pair in zip(scores, values(rng, count)) for word in pair])
    elif kind == "hash":
        connection.call("HSET", "k", *values(rng, 2 * count))
    else:
        fill_stream(connection, rng, count)
    return kind


def stream_content(connection):
    """Entries and what XINFO tells, but the times of consumers' activity."""
    info = connection.call("XINFO", "STREAM", "k", "FULL", "COUNT", "0")
    facts = dict(zip(info[::2], info[1::2]))
    groups = []
    for group in facts[b"groups"]:
        group = dict(zip(group[::2], group[1::2]))
        consumers = []
        for consumer in group[b"consumers"]:
            consumer = dict(zip(consumer[::2], consumer[1::2]))
            consumers.append((consumer[b"name"], consumer[b"pel-count"]))
        groups.append((group[b"name"], group[b"last-delivered-id"], group[b"entries-read"], group[b"pending"], consumers))
    names = [b"length", b"last-generated-id", b"max-deleted-entry-id", b"entries-added", b"recorded-first-entry-id"]
    return [facts[name] for name in names], groups, connection.call("XRANGE", "k", "-", "+")


def content(connection, kind):
    if kind == "string":
        return connection.call("GET", "k")
    if kind == "list":
        return connection.call("LRANGE", "k", "0", "-1")
    if kind in ("set", "intset"):
        return sorted(connection.call("SMEMBERS", "k"))
    if kind == "zset":
        reply = connection.call("ZRANGE", "k", "0", "-1", "WITHSCORES")
        return list(zip(reply[::2], map(float, reply[1::2])))
    if kind == "hash":
        reply = connection.call("HGETALL", "k")
        return sorted(zip(reply[::2], reply[1::2]))
    return stream_content(connection)


class WithRedis(ServerCase):
    def setUp(self):
        super().setUp()
        self.redis = Server(REDIS)
        self.addCleanup(self.redis.__exit__)
        self.here = self.connect()
        self.there = self.redis.connect()
        self.addCleanup(self.there.close)

    def migrate(self, *words, port=None):
        return self.here.call("MIGRATE", "127.0.0.1", str(port or self.redis.port), *words)

    @only_larder
    def test_dumps_go_both_ways(self):
        rng = random.Random(1)
        for turn in range(150):
            source, target = (self.here, self.there) if turn % 2 else (self.there, self.here)
            source.call("DEL", "k")
            target.call("DEL", "k")
            kind = fill(source, rng)
            self.assertEqual(target.call("RESTORE", "k", "0", source.call("DUMP", "k")), b"OK", (turn, kind))
            self.assertEqual(content(target, kind), content(source, kind), (turn, kind))

    @only_larder
    def test_keys_move_with_their_ttl(self):
        self.here.call("SET", "k", "v", "EX", "100")
        self.assertEqual(self.migrate("k", "9", "5000"), b"OK")
        self.assertEqual(self.here.call("EXISTS", "k"), 0)
        self.there.call("SELECT", "9")
        self.assertEqual(self.there.call("GET", "k"), b"v")
        self.assertIn(self.there.call("TTL", "k"), (99, 100))
        # And back.
        self.assertEqual(self.there.call("MIGRATE", "127.0.0.1", str(self.server.port), "k", "0", "5000"), b"OK")
        self.assertEqual(self.here.call("GET", "k"), b"v")

    @only_larder
    def test_copies_stay(self):
        self.here.call("RPUSH", "k", "a", "b")
        self.assertEqual(self.migrate("k", "0", "5000", "COPY"), b"OK")
        self.assertEqual(self.here.call("EXISTS", "k"), 1)
        self.assertTrue(self.migrate("k", "0", "5000").startswith(b"ERR Target instance replied with error: BUSYKEY"))
        self.assertEqual(self.migrate("k", "0", "5000", "REPLACE"), b"OK")
        self.assertEqual(self.here.call("EXISTS", "k"), 0)

    @only_larder
    def test_only_confirmed_keys_go(self):
        for name in "abcd":
            self.here.call("SET", name, name)
        self.there.call("SET", "b", "taken")
        self.assertIsInstance(self.migrate("", "0", "5000", "KEYS", "a", "none", "b", "c", "d"), Error)
        self.assertEqual(self.here.call("KEYS", "*"), [b"b"])
        self.assertEqual(self.there.call("DBSIZE"), 4)
        self.assertEqual(self.migrate("", "0", "5000", "KEYS", "x", "y"), b"NOKEY")

    @only_larder
    def test_passwords_are_given(self):
        self.there.call("CONFIG", "SET", "requirepass", "secret")
        self.there.call("AUTH", "secret")
        self.here.call("SET", "k", "v")
        self.assertIn(b"NOAUTH", self.migrate("k", "0", "5000"))
        self.assertIn(b"WRONGPASS", self.migrate("k", "0", "5000", "AUTH", "wrong"))
        self.assertEqual(self.here.call("EXISTS", "k"), 1)
        self.assertEqual(self.migrate("k", "0", "5000", "AUTH", "secret"), b"OK")
        self.here.call("SET", "k", "v")
        self.assertEqual(self.migrate("k", "1", "5000", "AUTH2", "default", "secret"), b"OK")

    @only_larder
    def test_who_does_not_answer_holds_up_no_longer_than_the_timeout(self):
        self.here.call("SET", "k", "v")
        self.there.send("DEBUG", "SLEEP", "1")
        self.assertTrue(self.migrate("k", "0", "100").startswith(b"IOERR"))
        self.assertEqual(self.here.call("EXISTS", "k"), 1)
        self.assertTrue(self.migrate("k", "0", "100", port=1).startswith(b"IOERR"))

    @only_larder
    def test_connections_are_kept_until_they_die(self):
        def connections():
            info = self.there.call("INFO", "stats").decode()
            return int(info.split("total_connections_received:")[1].split()[0])

        self.here.call("SET", "k", "v")
        self.assertEqual(self.migrate("k", "0", "5000", "COPY"), b"OK")
        self.assertIn(b"migrate_cached_sockets:1", self.here.call("INFO", "stats"))
        before = connections()
        self.assertEqual(self.migrate("k", "1", "5000", "COPY"), b"OK")
        self.assertEqual(connections(), before)
        self.assertEqual(self.there.call("CLIENT", "KILL", "TYPE", "normal"), 1)
        self.assertEqual(self.migrate("k", "2", "5000", "COPY"), b"OK")
        self.assertEqual(connections(), before + 1)

    @only_larder
    def test_options_are_held_to_their_grammar(self):
        self.assertEqual(self.migrate("k", "0", "100", "AUTH"), b"ERR syntax error")
        self.assertEqual(self.migrate("k", "0", "100", "AUTH2", "user"), b"ERR syntax error")
        self.assertEqual(self.migrate("k", "0", "100", "OTHER"), b"ERR syntax error")
        self.assertIn(b"empty string", self.migrate("k", "0", "100", "KEYS", "a"))
        self.assertIn(b"not an integer", self.migrate("k", "x", "100"))
        self.assertIn(b"not an integer", self.migrate("k", "0", "x"))


if __name__ == "__main__":
    unittest.main()
