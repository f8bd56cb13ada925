"""larder-tool on files of Larder and redis-server: whole, damaged, and none at all."""

import json
import os
import subprocess
import unittest

from support.case import ServerCase
from support.servers import LARDER, REDIS, Server

TOOL = os.path.join(os.path.dirname(LARDER), "larder-tool")
WHOLE, DAMAGED, FAILED = 0, 1, 2


def tool(*arguments):
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def command(*words):
    parts = [f"*{len(words)}\r\n"] + [f"${len(word)}\r\n{word}\r\n" for word in words]
    return "".join(parts).encode()


SELECT = command("SELECT", "0")


@unittest.skipUnless(os.path.exists(TOOL), "there is no larder-tool beside the server")
class ToolTest(ServerCase):
    settings = {"save": ""}

    def path(self, name):
        return os.path.join(str(self.server.folder), name)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def snapshot(self, server=None):
        """A file with keys of several prefixes and types."""
        with (server or self.server).connect() as connection:
            for i in range(300):
                connection.call("SET", f"user:{i}:name", "x" * 20, "EX", 7200)
            for i in range(100):
                connection.call("HSET", f"cart:{i}", "item", "1", "count", str(i))
            connection.call("SET", "alone", "y" * 100000)
            connection.call("RPUSH", b"bin\xff\n:list", *map(str, range(100)))
            connection.call("SAVE")
        return os.path.join((server or self.server).folder, "dump.rdb")

    def test_a_whole_snapshot(self):
        code, text = tool("check-rdb", self.snapshot())
        self.assertEqual(code, WHOLE, text)
        self.assertIn("whole", text)
        self.assertIn("keys: 402, 0 of them past their deadline", text)
        self.assertIn("string: 301", text)
        self.assertIn("checksum: matches", text)

    def test_a_snapshot_of_redis(self):
        with Server(REDIS, save="") as redis:
            code, text = tool("check-rdb", self.snapshot(redis))
        self.assertEqual(code, WHOLE, text)
        self.assertIn("format version 10, written by 7.0", text)
        self.assertIn("hash: 100", text)

    def test_damage_is_told_with_its_place(self):
        with open(self.snapshot(), "rb") as file:
            data = bytearray(file.read())
        code, text = tool("check-rdb", self.write("cut.rdb", data[: len(data) // 2]))
        self.assertEqual(code, DAMAGED)
        self.assertRegex(text, r"damaged: Short read .* \(at byte \d+\)")
        data[len(data) // 2] ^= 1
        code, text = tool("check-rdb", self.write("flipped.rdb", data))
        self.assertEqual(code, DAMAGED, text)
        code, text = tool("check-rdb", self.write("other.rdb", b"something else"))
        self.assertEqual(code, DAMAGED)
        self.assertIn("Wrong signature", text)

    def test_wrong_use(self):
        for arguments in ([], ["check-rdb"], ["nonsense"], ["check-rdb", self.path("missing")],
                          ["check-rdb", self.server.folder], ["rdb-report", "--depth", "0", "x"],
                          ["check-aof", self.server.folder],
                          ["check-aof", "--fix", "--truncate-to-timestamp", "1", "x"]):
            code, text = tool(*arguments)
            self.assertEqual((code, bool(text)), (FAILED, True), arguments)
        self.assertEqual(tool("--help")[0], 0)

    def test_a_report(self):
        path = self.snapshot()
        code, text = tool("rdb-report", "--json", "--biggest", 3, path)
        self.assertEqual(code, WHOLE)
        report = json.loads(text)
        self.assertEqual(report["keys"], 402)
        types = {entry["type"]: entry for entry in report["types"]}
        self.assertEqual({name: entry["keys"] for name, entry in types.items()},
                         {"string": 301, "hash": 100, "list": 1})
        prefixes = {entry["prefix"]: entry for entry in report["prefixes"]}
        self.assertEqual(prefixes["user:"]["keys"], 300)
        self.assertEqual(prefixes["user:"]["with_ttl"], 300)
        self.assertAlmostEqual(prefixes["user:"]["average_ttl_seconds"], 7200, delta=100)
        self.assertEqual(prefixes["(no prefix)"]["keys"], 1)
        self.assertEqual(prefixes["bin\xff\n:"]["keys"], 1)
        self.assertEqual([entry["key"] for entry in report["biggest"]][0], "alone")
        self.assertEqual(len(report["biggest"]), 3)
        self.assertGreater(report["biggest"][0]["bytes"], 100000)
        ttls = {entry["ttl"]: entry["keys"] for entry in report["ttls"]}
        self.assertEqual((ttls["under a day"], ttls["never"]), (300, 102))

        deeper = json.loads(tool("rdb-report", "--json", "--depth", 2, "--prefixes", 5, path)[1])
        self.assertEqual(len(deeper["prefixes"]), 5)
        self.assertEqual(sum(entry["keys"] for entry in deeper["prefixes"])
                         + deeper["other_prefixes"]["keys"], 402)
        code, text = tool("rdb-report", path)
        self.assertEqual(code, WHOLE)
        self.assertIn("bin\\xff\\x0a:", text)

    def test_the_memory_of_a_report_is_the_servers(self):
        report = json.loads(tool("rdb-report", "--json", "--biggest", 1, self.snapshot())[1])
        with self.server.connect() as connection:
            memory = connection.call("MEMORY", "USAGE", "alone")
        self.assertAlmostEqual(report["biggest"][0]["bytes"], memory, delta=memory / 20)

    def test_an_append_only_file_is_mended(self):
        whole = SELECT + command("SET", "a", "1") + command("MULTI") + command("SET", "b", "2") + command("EXEC")
        path = self.write("single.aof", whole)
        self.assertEqual(tool("check-aof", path)[0], WHOLE)
        ends = {"torn": command("SET", "c", "3")[:-4],
                "unfinished transaction": command("MULTI") + command("SET", "c", "3"),
                "damaged": b"nonsense\r\n" + command("SET", "c", "3")}
        for name, end in ends.items():
            with self.subTest(name):
                path = self.write(f"{name}.aof", whole + end)
                code, text = tool("check-aof", path)
                self.assertEqual(code, DAMAGED, text)
                self.assertIn(f"whole up to byte {len(whole)}", text)
                self.assertEqual(os.path.getsize(path), len(whole) + len(end))
                self.assertEqual(tool("check-aof", "--fix", path)[0], WHOLE)
                self.assertEqual(tool("check-aof", path)[0], WHOLE)
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), whole)
                with open(f"{path}.from-{len(whole)}", "rb") as file:
                    self.assertEqual(file.read(), end)

    def log(self, base, increments):
        """A log of several files; the path of its manifest."""
        lines = "file aof.1.base.rdb seq 1 type b\n"
        self.write("appendonlydir/aof.1.base.rdb", base)
        for i, data in enumerate(increments, 1):
            lines += f"file aof.{i}.incr.aof seq {i} type i\n"
            self.write(f"appendonlydir/aof.{i}.incr.aof", data)
        return self.write("appendonlydir/aof.manifest", lines.encode())

    def test_a_log_of_several_files(self):
        with open(self.snapshot(), "rb") as file:
            base = file.read()
        first, second = SELECT + command("SET", "a", "1"), SELECT + command("SET", "a", "2")
        manifest = self.log(base, [first, second])
        for path in manifest, os.path.dirname(manifest):
            code, text = tool("check-aof", path)
            self.assertEqual(code, WHOLE, text)
            self.assertIn("keys of its snapshot: 402", text)
        code, text = tool("check-aof", "--fix", self.log(base, [first[:-3], second]))
        self.assertEqual(code, DAMAGED)
        self.assertIn("other files follow", text)
        code, text = tool("check-aof", "--fix", self.log(base, [first, second[:-3]]))
        self.assertEqual(code, WHOLE, text)
        code, text = tool("check-aof", "--fix", self.log(base[:-20], [first]))
        self.assertEqual(code, DAMAGED, text)
        manifest = self.log(base, [first, second])
        os.unlink(self.path("appendonlydir/aof.1.incr.aof"))
        code, text = tool("check-aof", manifest)
        self.assertEqual(code, FAILED)
        self.assertIn("No such file", text)
        code, text = tool("check-aof", self.write("appendonlydir/aof.manifest", b"file a seq x type b\n"))
        self.assertEqual(code, FAILED)
        self.assertIn("line 1", text)

    def test_a_log_is_cut_at_a_moment(self):
        old = b"#TS:1000\r\n" + SELECT + command("SET", "a", "1")
        young = b"#TS:2000\r\n" + command("SET", "a", "2")
        path = self.write("timed.aof", old + young)
        code, text = tool("check-aof", "--truncate-to-timestamp", 2000, path)
        self.assertEqual((code, os.path.getsize(path)), (WHOLE, len(old + young)), text)
        code, text = tool("check-aof", "--truncate-to-timestamp", 1999, path)
        self.assertEqual((code, os.path.getsize(path)), (WHOLE, len(old)), text)


if __name__ == "__main__":
    unittest.main()
