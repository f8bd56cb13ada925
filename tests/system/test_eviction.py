"""maxmemory: a limit that holds, what it refuses, and what it tells."""

import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Closed, Error, Status

MB = 1 << 20
OOM = Error(b"OOM command not allowed when used memory > 'maxmemory'.")


class Limits(ServerCase):
    settings = {"maxmemory": "20mb", "maxmemory-policy": "allkeys-lru"}

    def used(self):
        return int(self.info("memory")["used_memory"])

    def fill(self, connection, count, size=1000, prefix="k"):
        for first in range(0, count, 500):
            for i in range(first, min(first + 500, count)):
                connection.send("SET", f"{prefix}{i}", "x" * size)
            for _ in range(first, min(first + 500, count)):
                self.assertEqual(connection.read(), Status(b"OK"))

    def test_memory_stays_below_it(self):
        connection = self.connect()
        self.fill(connection, 40_000)
        self.assertLess(self.used(), 21 * MB)
        self.assertGreater(self.used(), 18 * MB)
        self.assertGreater(int(self.info("stats")["evicted_keys"]), 15_000)

    @only_larder
    def test_it_holds_while_the_sizes_of_values_change(self):
        limit = 40 * MB
        connection = self.connect(timeout_s=60)
        connection.call("CONFIG", "SET", "maxmemory", limit)
        is_exact = self.has_jemalloc()
        try:
            for number, size in enumerate((60, 40_000, 300, 5000, 1500, 12_000)):
                value = "x" * size
                for first in range(0, 2 * limit // (size + 80), 200):
                    connection.call_all([("SET", f"{number}:{first + i}", value) for i in range(200)])
                    if is_exact:
                        self.assertLess(self.used(), limit * 1.05, f"values of {size} bytes")
                self.wait_until("there is room", lambda: self.used() < limit * 1.05)
                if is_exact:
                    self.wait_until(f"after values of {size} bytes unused pages have gone",
                                    lambda: int(self.info("memory")["used_memory_rss"]) < limit * 1.15 + 12 * MB)
        finally:
            connection.call("CONFIG", "SET", "maxmemory", "20mb")

    def test_purging_gives_back_what_scattered_keys_hold(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "maxmemory", "0")
        self.fill(connection, 40_000, size=1000)
        connection.call_all([("DEL", f"k{i}") for i in range(40_000) if i % 10 != 0])
        self.assertEqual(connection.call("MEMORY", "PURGE"), Status(b"OK"))
        if self.has_jemalloc():
            self.wait_until("it is given back",
                            lambda: int(self.info("memory")["used_memory_rss"]) < self.used() * 1.5 + 12 * MB)
        connection.call("CONFIG", "SET", "maxmemory", "20mb")

    def test_lowering_it_evicts(self):
        connection = self.connect()
        self.fill(connection, 15_000)
        connection.call("CONFIG", "SET", "maxmemory", "10mb")
        self.wait_until("there is room", lambda: self.used() <= 10 * MB)
        connection.call("CONFIG", "SET", "maxmemory", "20mb")

    def test_one_large_value_pushes_out_many_small_ones(self):
        connection = self.connect()
        connection.call("FLUSHALL")
        self.fill(connection, 100_000, size=20, prefix="small")
        other = self.connect()
        connection.send("SET", "large", "x" * (8 * MB))
        slowest = 0.0
        for _ in range(200):
            started = time.monotonic()
            other.call("PING")
            slowest = max(slowest, time.monotonic() - started)
        self.assertEqual(connection.read(), Status(b"OK"))
        self.assertLess(slowest, 0.25)  # a busy machine; evicting them all at once would be longer
        self.wait_until("there is room", lambda: self.used() <= 20.5 * MB)

    @only_larder
    def test_reading_a_large_value_leaves_no_large_buffer_in_a_small_cache(self):
        connection = self.connect()
        connection.call("FLUSHALL")
        connection.call("CONFIG", "SET", "maxmemory", "4mb")
        try:
            connection.call("SET", "large", "x" * 400_000)
            before = self.used()
            self.assertEqual(len(connection.call("GET", "large")), 400_000)
            self.assertLess(self.used(), before + 100_000)
        finally:
            connection.call("CONFIG", "SET", "maxmemory", "20mb")

    def test_clients_over_both_limits_go_before_any_key(self):
        control = self.connect()
        control.call("CLIENT", "NO-EVICT", "ON")
        control.call("CONFIG", "SET", "maxmemory-clients", "2mb")
        control.call("SET", "large", "x" * 100_000)
        self.fill(control, 10_000)
        sleepers = [self.connect() for _ in range(20)]

        def is_any_closed():
            for sleeper in sleepers:
                try:
                    sleeper.send_raw(b"GET large\r\n" * 6)
                except (Closed, OSError):
                    pass
            return int(self.info("stats")["evicted_clients"]) > 0
        self.wait_until("clients are closed", is_any_closed)
        if self.has_jemalloc():
            self.assertEqual(self.info("stats")["evicted_keys"], "0")
            self.assertEqual(control.call("DBSIZE"), 10_001)

    def test_without_a_policy_writes_are_refused(self):
        connection = self.connect()
        self.fill(connection, 2000)
        connection.call("CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1mb")
        try:
            self.assertEqual(connection.call("SET", "a", "b"), OOM)
            self.assertEqual(connection.call("EVAL", "return redis.call('GET', 'a')", "0"), None)
            self.assertIn(b"OOM command not allowed",
                          connection.call("EVAL", "return redis.call('SET', 'a', 'b')", "0"))
            self.assertIn(b"OOM allow-oom flag is not set",
                          connection.call("EVAL", "#!lua\nreturn 1", "0"))
            self.assertEqual(connection.call("MULTI"), Status(b"OK"))
            self.assertEqual(connection.call("GET", "a"), OOM)
            self.assertIn(b"EXECABORT", connection.call("EXEC"))
            self.assertEqual(connection.call("DEL", "k1"), 1)
        finally:
            connection.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "20mb")

    def test_evictions_are_told(self):
        listener = self.connect()
        connection = self.connect()
        self.fill(connection, 5000)
        connection.call("CONFIG", "SET", "notify-keyspace-events", "Ee")
        listener.call("SUBSCRIBE", "__keyevent@0__:evicted")
        connection.call("CONFIG", "SET", "maxmemory", "3mb")
        message = listener.read(timeout_s=5)
        self.assertEqual(message[1], b"__keyevent@0__:evicted")
        self.assertTrue(message[2].startswith(b"k") or message[2].startswith(b"small"))
        connection.call("CONFIG", "SET", "notify-keyspace-events", "", "maxmemory", "20mb")

    @only_larder
    def test_shares_of_what_the_process_may_have(self):
        connection = self.connect()
        try:
            connection.call("CONFIG", "SET", "maxmemory", "50%")
            half = int(self.info("memory")["maxmemory"])
            connection.call("CONFIG", "SET", "maxmemory", "auto")
            self.assertEqual(connection.call("CONFIG", "GET", "maxmemory")[1], b"auto")
            self.assertAlmostEqual(int(self.info("memory")["maxmemory"]) / half, 1.5, places=2)
        finally:
            connection.call("CONFIG", "SET", "maxmemory", "20mb")


if __name__ == "__main__":
    unittest.main()
