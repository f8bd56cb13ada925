"""activedefrag: memory that is wasted around values is gained back, whatever their type, and only where it is wished."""

import re
import unittest

from support.case import ServerCase, only_larder
from support.resp import Status

MB = 1 << 20
KEYS = 6000
KEPT_ONE_IN = 5
BATCH = 500


class Defragmentation(ServerCase):
    settings = {"activedefrag": "no", "active-defrag-ignore-bytes": "1mb", "active-defrag-cycle-min": "10",
                "hz": "50"}

    def fill(self, connection, command):
        """Keys of one kind, of which all but some are removed again."""
        for first in range(0, KEYS, BATCH):
            connection.call_all([command(number) for number in range(first, first + BATCH)])
        connection.call_all([("DEL", f"k{number}") for number in range(KEYS) if number % KEPT_ONE_IN != 0])

    def ratio(self):
        return float(self.info("memory")["allocator_frag_ratio"])

    def expect_gained(self, connection, command):
        connection.call("FLUSHALL", "SYNC")
        connection.call("CONFIG", "SET", "activedefrag", "no")
        self.fill(connection, command)
        wasted = self.ratio()
        self.assertGreater(wasted, 1.5)
        digest = connection.call("DEBUG", "DIGEST")
        connection.call("CONFIG", "RESETSTAT")
        connection.call("CONFIG", "SET", "activedefrag", "yes")
        self.wait_until("memory is gained back", lambda: self.ratio() < 1 + (wasted - 1) / 2)
        self.assertEqual(connection.call("DEBUG", "DIGEST"), digest)
        stats = self.info("stats")
        self.assertGreater(int(stats["active_defrag_hits"]), 500)
        self.assertGreater(int(stats["active_defrag_key_hits"]), 500)

    @only_larder
    def test_values_of_all_types_are_moved_together(self):
        if not self.has_jemalloc():
            self.skipTest("the allocator does not tell which of its pages are sparse")
        texts = [f"{number:06}" + "x" * 50 for number in range(60)]
        pairs = [word for text in texts for word in (text, "y" * 20)]
        scored = [word for number, text in enumerate(texts) for word in (number, text)]
        kinds = {
            "string": lambda number: ("SET", f"k{number}", "x" * (2000 + number % 700)),
            "short string": lambda number: ("SET", f"k{number}", "x" * (700 + number % 50)),
            "hash": lambda number: ("HSET", f"k{number}", *pairs),
            "list": lambda number: ("RPUSH", f"k{number}", *texts[:20]),
            "set": lambda number: ("SADD", f"k{number}", *texts),
            "sorted set": lambda number: ("ZADD", f"k{number}", *scored),
            "stream": lambda number: ("XADD", f"k{number}", "*", "field", "x" * 1500),
        }
        connection = self.connect(timeout_s=60)
        for kind, command in kinds.items():
            with self.subTest(kind=kind):
                self.expect_gained(connection, command)

    @only_larder
    def test_it_works_at_its_share_and_ends(self):
        connection = self.connect(timeout_s=60)
        connection.call("CONFIG", "SET", "active-defrag-cycle-min", "1", "active-defrag-cycle-max", "1")
        self.fill(connection, lambda number: ("SET", f"k{number}", "x" * 800))
        wasted = self.ratio()
        shares = [re.search(rb"active_defrag_running:(\d+)", reply).group(1) for reply in connection.call_all([
            ("CONFIG", "SET", "activedefrag", "yes"), ("INFO", "memory"),
            ("CONFIG", "SET", "active-defrag-cycle-max", "60", "active-defrag-cycle-min", "60"), ("INFO", "memory"),
        ])[1::2]]
        self.assertEqual(shares, [b"1", b"60"])
        self.wait_until("nothing is left to do", lambda: self.info("memory")["active_defrag_running"] == "0")
        self.assertLess(self.ratio(), 1 + (wasted - 1) / 2)
        self.assertGreater(int(self.info("stats")["total_active_defrag_time"]), 0)
        self.assertEqual(self.info("stats")["current_active_defrag_time"], "0")

    @only_larder
    def test_nothing_is_moved_unless_it_is_wished(self):
        connection = self.connect(timeout_s=60)
        connection.call("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")
        self.fill(connection, lambda number: ("SET", f"k{number}", "x" * 800))
        wasted = self.ratio()
        self.assertGreater(wasted, 1.5)
        self.assertEqual(self.info("stats")["active_defrag_hits"], "0")
        self.assertEqual(self.info("memory")["active_defrag_running"], "0")
        self.assertEqual(connection.call("MEMORY", "PURGE"), Status(b"OK"))
        self.wait_until("asked for, it is", lambda: self.ratio() < 1 + (wasted - 1) / 2)


if __name__ == "__main__":
    unittest.main()
