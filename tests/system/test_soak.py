"""Full memory for a while: all types, sizes and deadlines mixed. The limit holds, and in the end the books balance.

Some seconds by default; `test_soak.py --minutes 30` for as long as a night allows, and under AddressSanitizer
(LARDER_SERVER names the build), whose report of leaks comes with the server's end.
"""

import random
import sys
import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Error, Status

MB = 1 << 20
LIMIT = 24 * MB
SECONDS = 8.0
BATCH = 100
OOM = b"OOM "
PREFIXES = ("string:", "hash:", "list:", "set:", "sorted:", "stream:", "counter:")


class Work:
    """Commands drawn at random; keys of one type share a prefix, so that few replies are errors."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self):
        size = min(60_000, int(self.random.lognormvariate(5, 2)))
        return bytes([97 + size % 26]) * size

    def key(self, prefix):
        return f"{prefix}{int(self.random.paretovariate(0.6)) % 200_000}"

    def names(self, most):
        return [f"m{self.random.randrange(5000)}" for _ in range(self.random.randint(1, most))]

    def command(self):
        draw = self.random
        prefix = draw.choices(PREFIXES, (12, 3, 3, 3, 3, 1, 2))[0]
        key = self.key(prefix)
        if draw.random() < 0.05:
            return draw.choice([("DEL", key), ("UNLINK", key), ("EXPIRE", key, draw.randint(1, 20)),
                                ("PEXPIRE", key, draw.randint(1, 300)), ("PERSIST", key)])
        most = 800 if draw.random() < 0.01 else 12
        return getattr(self, prefix.rstrip(":"))(key, most)

    def string(self, key, _):
        return self.random.choice([("SET", key, self.value()), ("SET", key, self.value(), "EX", "5"), ("GET", key),
                                   ("SET", key, self.value(), "PX", "200"), ("APPEND", key, "tail" * 20)])

    def hash(self, key, most):
        if self.random.random() < 0.2:
            return ("HDEL", key, *self.names(most))
        return ("HSET", key, *(part for name in self.names(most) for part in (name, self.value()[:500])))

    def list(self, key, most):
        return self.random.choice([("RPUSH", key, *self.names(most)), ("LPUSH", key, self.value()), ("LPOP", key, "3"),
                                   ("LTRIM", key, "0", "500")])

    def set(self, key, most):
        return (self.random.choice(["SADD", "SADD", "SREM"]), key, *self.names(most))

    def sorted(self, key, most):
        if self.random.random() < 0.2:
            return ("ZREMRANGEBYRANK", key, "0", "5")
        return ("ZADD", key, *(part for name in self.names(most) for part in (self.random.randrange(9999), name)))

    def stream(self, key, _):
        return ("XADD", key, "MAXLEN", "~", "300", "*", "field", self.value()[:300])

    def counter(self, key, _):
        return ("INCRBY", key, self.random.randrange(1000))


class Soak(ServerCase):
    settings = {"maxmemory": str(LIMIT), "maxmemory-policy": "allkeys-adaptive", "hz": "50",
                "quota": ["hashes", "prefix", "hash:", "others", "database", "0"]}

    def memory(self):
        return {name: int(value) for name, value in self.info("memory").items() if value.isdigit()}

    @only_larder
    def test_memory_holds_and_the_books_balance(self):
        connections = [self.connect(timeout_s=60) for _ in range(4)]
        empty = self.memory()
        work = Work(seed=1)
        for first in range(0, LIMIT, BATCH * 1000):  # full from the beginning
            connections[0].call_all([("SET", f"string:{first + i}", "x" * 1000) for i in range(BATCH)])
        ends = time.monotonic() + SECONDS
        most = refused = 0
        while time.monotonic() < ends:
            for connection in connections:
                replies = connection.call_all([work.command() for _ in range(BATCH)])
                refused += sum(isinstance(reply, Error) and reply.startswith(OOM) for reply in replies)
            most = max(most, self.memory()["used_memory"])
        self.assertLess(most, LIMIT * (1.05 if self.has_jemalloc() else 1.25))
        self.assertGreater(most, LIMIT * 0.9, "memory was never full")
        self.assertEqual(refused, 0)
        self.assertGreater(int(self.info("stats")["evicted_keys"]), 1000)
        connections[0].call("CONFIG", "SET", "maxmemory", "0")
        self.recount(connections[0])
        self.empty(connections, empty)

    def recount(self, connection):
        """What counters say, and what a walk over all keys finds."""
        self.assertEqual(connection.call("DEBUG", "RECOUNT"), Status(b"OK"))
        cursor, keys = b"0", []
        while not keys or cursor != b"0":
            cursor, some = connection.call("SCAN", cursor, "COUNT", "1000")
            keys += some
        self.assertEqual(len(set(keys)), len(keys))
        usage = 0
        for first in range(0, len(keys), BATCH):
            asked = [("MEMORY", "USAGE", key, "SAMPLES", "0") for key in keys[first:first + BATCH]]
            usage += sum(used or 0 for used in connection.call_all(asked))
        memory = self.memory()
        held = memory["used_memory"] - memory["used_memory_startup"] - memory["mem_clients_normal"]
        self.assertAlmostEqual(usage / held, 1, delta=0.1)

    def empty(self, connections, before):
        connections[0].call("FLUSHALL", "SYNC")
        self.wait_until("nothing waits to be freed", lambda: self.memory()["lazyfree_pending_objects"] == 0)
        for connection in connections[1:]:
            connection.close()
        connections[0].call("MEMORY", "PURGE")
        self.wait_until("memory is as it was when the server was empty",
                        lambda: self.memory()["used_memory"] < before["used_memory"] + 2 * MB)
        self.assertEqual(connections[0].call("DEBUG", "RECOUNT"), Status(b"OK"))
        self.assertEqual(connections[0].call("DBSIZE"), 0)


if __name__ == "__main__":
    if "--minutes" in sys.argv:
        at = sys.argv.index("--minutes")
        SECONDS = 60 * float(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    unittest.main()
