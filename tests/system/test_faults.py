"""A disk that is full, fails or dawdles, and no process to write with: what is told, what is refused, what goes on."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Error
from support.servers import LARDER, TOP

LIBRARY = os.environ.get("LARDER_FAULTS_LIBRARY") or str(TOP / "build/release/tests/liblarder-faults.so")

# What goes wrong, and what the log says of it.
FAULTS = {
    "a full disk": ("write temp-* ENOSPC", "No space left on device"),
    "a disk that fails": ("write temp-* EIO", "Input/output error"),
    "a sync that fails": ("sync temp-* EIO", "Input/output error"),
    "a rename that fails": ("rename dump.rdb EIO", "Input/output error"),
    "a read-only folder": ("open temp-* EROFS", "Read-only file system"),
    "a folder of another": ("open temp-* EACCES", "Permission denied"),
}


@only_larder
@unittest.skipUnless(os.path.exists(LIBRARY), "there is no library of faults beside the server")
class Faults(ServerCase):
    settings = {"save": "3600 1000000"}

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="larder-faults-")
        self.addCleanup(shutil.rmtree, folder)
        self.rules = pathlib.Path(folder, "rules")
        self.command = (f"env LD_PRELOAD={LIBRARY} LARDER_FAULTS={self.rules} "
                        f"ASAN_OPTIONS=verify_asan_link_order=0 {LARDER}")
        super().setUp()

    def set_fault(self, *rules):
        """Takes the place of those before, at once and whole."""
        new = self.rules.with_suffix(".new")
        new.write_text("".join(rule + "\n" for rule in rules))
        new.rename(self.rules)

    def background_save(self, connection):
        connection.call("BGSAVE")
        self.wait_until("the child's end", lambda: self.info("persistence")["rdb_bgsave_in_progress"] == "0")
        return self.info("persistence")["rdb_last_bgsave_status"]

    def temporary_files(self):
        return [path.name for path in self.server.folder.glob("temp-*")]

    def assert_refuses_writes_until_it_works(self, connection):
        reply = connection.call("SET", "key", "other")
        self.assertIsInstance(reply, Error)
        self.assertTrue(reply.startswith(b"MISCONF"), reply)
        self.assertEqual(connection.call("GET", "key"), b"value")
        self.assertEqual(self.temporary_files(), [])
        checked = subprocess.run(["redis-check-rdb", str(self.server.folder / "dump.rdb")], capture_output=True)
        self.assertEqual(checked.returncode, 0, "the snapshot before is gone")
        self.set_fault()
        self.assertEqual(self.background_save(connection), "ok")
        self.assertEqual(connection.call("SET", "key", "value"), b"OK")

    def test_faults_of_the_disk(self):
        connection = self.connect()
        connection.call("SET", "key", "value")
        self.assertEqual(connection.call("SAVE"), b"OK")
        for name, (rule, reason) in FAULTS.items():
            with self.subTest(name):
                self.set_fault(rule)
                told_before = self.server.log().count(reason)
                self.assertIsInstance(connection.call("SAVE"), Error)
                self.assertEqual(self.background_save(connection), "err")
                self.assertEqual(self.server.log().count(reason), told_before + 2)
                self.assert_refuses_writes_until_it_works(connection)

    def test_no_process_to_write_with(self):
        connection = self.connect()
        connection.call("SET", "key", "value")
        connection.call("SAVE")
        for error, reason in ("EAGAIN", "Resource temporarily unavailable"), ("ENOMEM", "Cannot allocate memory"):
            with self.subTest(error):
                self.set_fault(f"fork * {error}")
                self.assertIsInstance(connection.call("BGSAVE"), Error)
                self.assertIn(f"Can't save in background: fork: {reason}", self.server.log())
                self.assert_refuses_writes_until_it_works(connection)

    def test_the_folder_is_synced_and_that_is_checked(self):
        connection = self.connect()
        self.set_fault(f"sync {self.server.folder.name} EIO")
        self.assertIsInstance(connection.call("SAVE"), Error)
        self.set_fault()
        self.assertEqual(connection.call("SAVE"), b"OK")

    def test_a_slow_disk_holds_up_nobody(self):
        connection = self.connect()
        connection.call("DEBUG", "POPULATE", "100000", "key", "100")
        self.set_fault("write temp-* slow 50000", "sync temp-* slow 500000")
        connection.call("BGSAVE")
        slowest_s = 0
        calls = 0
        while self.info("persistence")["rdb_bgsave_in_progress"] == "1":
            began = time.monotonic()
            self.assertEqual(connection.call("SET", "key", "value"), b"OK")
            self.assertEqual(connection.call("GET", "key"), b"value")
            slowest_s = max(slowest_s, time.monotonic() - began)
            calls += 1
        self.assertGreater(calls, 10)
        self.assertLess(slowest_s, 0.4)  # it would be 0.5 if a call waited for the sync

    def test_the_end_waits_for_a_disk_that_works(self):
        connection = self.connect()
        connection.call("SET", "key", "value")
        self.set_fault("write temp-* ENOSPC")
        reply = connection.call("SHUTDOWN")
        self.assertIsInstance(reply, Error)
        self.assertEqual(connection.call("GET", "key"), b"value")
        self.set_fault()
        connection.send("SHUTDOWN")
        self.assertEqual(self.server.process.wait(10), 0)
        self.server.start()
        with self.server.connect() as again:
            self.assertEqual(again.call("GET", "key"), b"value")


if __name__ == "__main__":
    unittest.main()
