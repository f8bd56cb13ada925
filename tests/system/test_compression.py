"""Values that are kept compressed look like all others to every command, file and server that sees them."""

import json
import random
import unittest

from support.case import ServerCase, only_larder
from support.servers import REDIS, Server

DOCUMENTS = 2000


def documents():
    rng = random.Random(7)
    return {f"user:{i}": json.dumps({
        "identifier": rng.randrange(10**9), "display_name": f"name {rng.randrange(10**6)}", "is_active": True,
        "sessions": [{"started_at": rng.randrange(10**9), "user_agent": "Mozilla/5.0 (X11; Linux x86_64)"}
                     for _ in range(rng.randrange(3, 9))]}).encode() for i in range(DOCUMENTS)}


@only_larder
class CompressionTest(ServerCase):
    settings = {"value_compression": "lz4"}

    def setUp(self):
        super().setUp()
        self.expected = documents()
        self.connection = self.connect()
        for key, value in self.expected.items():
            self.connection.call("SET", key, value)
        self.wait_until("all are written with a dictionary",
                        lambda: int(self.figure("compressed_values_with_dictionary")) == DOCUMENTS)

    def figure(self, name):
        return self.info("memory")[name]

    def assert_all_there(self, connection=None, prefix=""):
        for key, value in self.expected.items():
            self.assertEqual((connection or self.connection).call("GET", prefix + key), value, key)

    def plain(self):
        """A server with the same values that keeps them as they are."""
        server = self.start(value_compression="no")
        connection = server.connect()
        self.addCleanup(connection.close)
        for key, value in self.expected.items():
            connection.call("SET", key, value)
        return connection

    def test_figures_tell_what_is_saved(self):
        raw = int(self.figure("compressed_values_raw_bytes"))
        self.assertEqual(raw, sum(map(len, self.expected.values())))
        self.assertLess(int(self.figure("compressed_values_stored_bytes")), raw / 2)
        self.assertGreaterEqual(int(self.figure("compression_dictionaries")), 1)
        self.assertGreater(int(self.figure("compression_dictionary_bytes")), 0)
        detail = self.connection.call("MEMORY", "USAGE", "user:1", "DETAIL")
        detail = dict(zip(map(bytes, detail[::2]), detail[1::2]))
        self.assertEqual(detail[b"value.raw"], len(self.expected["user:1"]))
        self.assertLess(detail[b"value.stored"], detail[b"value.raw"])
        self.assertNotEqual(detail[b"value.dictionary"], 0)
        self.assertEqual(detail[b"bytes"], self.connection.call("MEMORY", "USAGE", "user:1"))

    def test_reads_see_the_text(self):
        plain = self.plain()
        for command in (("GETRANGE", "user:3", "10", "90"), ("STRLEN", "user:4"), ("BITCOUNT", "user:5"),
                        ("GETBIT", "user:6", "77"), ("BITPOS", "user:6", "1", "9"),
                        ("LCS", "user:7", "user:8", "LEN"), ("OBJECT", "ENCODING", "user:9"),
                        ("MGET", *list(self.expected)[:100]), ("DEBUG", "DIGEST-VALUE", "user:9", "user:10"),
                        ("DEBUG", "DIGEST"), ("DUMP", "user:11"), ("SORT", "none", "GET", "user:*"),
                        ("EVAL", "return redis.call('GET', KEYS[1]) .. redis.call('GET', KEYS[2])", "2",
                         "user:12", "user:13")):
            self.assertEqual(self.connection.call(*command), plain.call(*command), command)

    def test_changes_in_place(self):
        plain = self.plain()
        for command in (("APPEND", "user:1", "more"), ("SETRANGE", "user:2", "50", "other"),
                        ("SETBIT", "user:3", "9", "1"), ("BITFIELD", "user:4", "SET", "u8", "100", "65"),
                        ("BITOP", "XOR", "user:5", "user:6", "user:7"), ("GETSET", "user:8", "new"),
                        ("GETDEL", "user:9"), ("SETRANGE", "user:10", "5000", "far"),
                        ("GETEX", "user:11", "EX", "1000"), ("PERSIST", "user:11")):
            self.assertEqual(self.connection.call(*command), plain.call(*command), command)
        self.assertEqual(self.connection.call("DEBUG", "DIGEST"), plain.call("DEBUG", "DIGEST"))

    def test_copies_and_moves(self):
        call = self.connection.call
        for key in self.expected:
            call("COPY", key, "copy:" + key)
            call("RENAME", key, "renamed:" + key)
            call("MOVE", "copy:" + key, "1")
        self.assert_all_there(prefix="renamed:")
        call("SWAPDB", "0", "1")
        self.assert_all_there(prefix="copy:")
        call("FLUSHDB", "ASYNC")
        call("SELECT", "1")
        self.assert_all_there(prefix="renamed:")
        call("FLUSHALL")
        for name in ("compressed_values", "compressed_values_raw_bytes", "compressed_values_stored_bytes",
                     "compressed_values_with_dictionary"):
            self.assertEqual(self.figure(name), "0")

    def test_dumps_go_to_redis_and_back(self):
        with Server(REDIS) as redis, redis.connect() as other:
            for key in list(self.expected)[:200]:
                other.call("RESTORE", key, "0", self.connection.call("DUMP", key))
                self.assertEqual(other.call("GET", key), self.expected[key])
                self.connection.call("RESTORE", key, "0", other.call("DUMP", key), "REPLACE")
            self.connection.call("MIGRATE", "127.0.0.1", str(redis.port), "", "0", "5000", "REPLACE", "KEYS",
                                 *list(self.expected)[200:400])
            for key in list(self.expected)[200:400]:
                self.assertEqual(other.call("GET", key), self.expected.pop(key))
        self.assert_all_there()

    def test_snapshots_and_logs(self):
        digest = self.connection.call("DEBUG", "DIGEST")
        self.connection.call("DEBUG", "RELOAD")
        self.assertEqual(self.connection.call("DEBUG", "DIGEST"), digest)
        self.assert_all_there()
        self.connection.call("CONFIG", "SET", "appendonly", "yes")
        self.wait_until("the log is there", lambda: self.info("persistence")["aof_rewrite_in_progress"] == "0")
        self.connection.call("BGREWRITEAOF")
        self.wait_until("the log is written anew",
                        lambda: self.info("persistence")["aof_rewrite_in_progress"] == "0")
        self.connection.call("DEBUG", "LOADAOF")
        self.assertEqual(self.connection.call("DEBUG", "DIGEST"), digest)
        self.assert_all_there()

    def test_what_was_there_before_is_written_anew(self):
        plain = self.plain()
        plain.call("CONFIG", "SET", "value-compression", "lz4")
        fields = dict(line.split(":", 1) for line in plain.call("INFO", "memory").decode().split("\r\n") if ":" in line)
        self.assertLessEqual(int(fields["compressed_values"]), DOCUMENTS)

        def all_compressed():
            return f"compressed_values:{DOCUMENTS}\r\n" in plain.call("INFO", "memory").decode()
        self.wait_until("all are compressed", all_compressed)
        self.assert_all_there(plain)
        self.connection.call("CONFIG", "SET", "value-compression", "no")
        self.assert_all_there()

    def test_quotas_count_what_is_kept(self):
        self.connection.call("CONFIG", "SET", "quota", "users prefix user: value-compression lz4")
        self.connection.call("CONFIG", "SET", "value-compression", "no")
        for i, (key, value) in enumerate(self.expected.items()):
            self.connection.call("SET", key, value) if i % 3 else self.connection.call("APPEND", key, "")
        self.connection.call("DEL", "user:5", "user:6")
        self.assertEqual(self.connection.call("DEBUG", "RECOUNT"), b"OK")


if __name__ == "__main__":
    unittest.main()
