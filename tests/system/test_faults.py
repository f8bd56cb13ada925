"""A disk that is full, fails or dawdles, and no process to write with: what is told, what is refused, what goes on."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Error, Silence, request
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


# The same of the append-only log: with which of them what was written before may be lost.
LOG_FAULTS = {
    "a full disk": ("write *.incr.aof ENOSPC", "No space left on device", False),
    "a disk that fails": ("write *.incr.aof EIO", "Input/output error", False),
    "a sync that fails": ("sync *.incr.aof EIO", "Input/output error", True),
}

# What a rewrite needs, one after the other.
REWRITE_FAULTS = {
    "a read-only folder": ("open *.incr.aof EROFS", "Read-only file system"),
    "a manifest that cannot be made": ("open temp-*.manifest EROFS", "Read-only file system"),
    "a base that cannot be made": ("open temp-rewriteaof-bg-* EROFS", "Read-only file system"),
    "a full disk": ("write temp-rewriteaof-bg-* ENOSPC", "No space left on device"),
    "a sync that fails": ("sync temp-rewriteaof-bg-* EIO", "Input/output error"),
    "a base that cannot be renamed": ("rename *.base.rdb EACCES", "Permission denied"),
    "a manifest that cannot be renamed": ("rename *.manifest EIO", "Input/output error"),
}


@only_larder
@unittest.skipUnless(os.path.exists(LIBRARY), "there is no library of faults beside the server")
class FaultsCase(ServerCase):
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


class Faults(FaultsCase):
    settings = {"save": "3600 1000000"}

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


class LogFaults(FaultsCase):
    settings = {"appendonly": "yes"}

    def restart(self):
        self.server.process.kill()
        self.server.process.wait()
        self.server.start()
        return self.connect()

    def rewrite(self, connection):
        connection.call("BGREWRITEAOF")
        self.wait_until("the rewrite's end", lambda: self.info("persistence")["aof_rewrite_in_progress"] == "0")
        return self.info("persistence")["aof_last_bgrewrite_status"]

    def is_refused(self, connection):
        reply = connection.call("PING")
        return isinstance(reply, Error) and reply.startswith(b"MISCONF Errors writing to the AOF file")

    def test_faults_of_the_disk_refuse_changes_until_it_works(self):
        connection = self.connect()
        for policy in "everysec", "always":
            connection.call("CONFIG", "SET", "appendfsync", policy)
            for name, (rule, reason, is_lost) in LOG_FAULTS.items():
                with self.subTest(name, policy=policy):
                    self.assertEqual(connection.call("SET", "key", "before"), b"OK")
                    self.assertEqual(connection.call("WAITAOF", "1", "0", "10000"), [1, 0])
                    told_before = self.server.log().count(reason)
                    rewrites = int(self.info("persistence")["aof_rewrites"])
                    self.set_fault(rule)
                    with self.server.connect(timeout_s=30) as writer:
                        writer.send("SET", "key", "after")
                        self.wait_until("changes are refused", lambda: self.is_refused(connection))
                        self.assertIsInstance(connection.call("SET", "key", "refused"), Error)
                        self.assertEqual(connection.call("GET", "key"), b"after")
                        self.assertEqual(self.info("persistence")["aof_last_write_status"], "err")
                        self.assertEqual(self.server.log().count(reason), told_before + 1)
                        self.set_fault()
                        self.wait_until("changes are taken", lambda: not self.is_refused(connection))
                        self.assertEqual(writer.read(20), b"OK")
                    if is_lost:
                        self.wait_until("a new base", lambda: int(self.info("persistence")["aof_rewrites"]) > rewrites)
                    self.assertEqual(connection.call("WAITAOF", "1", "0", "10000"), [1, 0])
                    connection = self.restart()
                    connection.call("CONFIG", "SET", "appendfsync", policy)
                    self.assertEqual(connection.call("GET", "key"), b"after")

    def test_replies_that_a_lost_sync_held_wait_for_a_new_base(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "appendfsync", "always")
        self.set_fault("sync *.incr.aof EIO", "open temp-rewriteaof-bg-* EROFS")
        with self.server.connect(timeout_s=30) as writer:
            writer.send("SET", "key", "value")
            self.wait_until("changes are refused", lambda: self.is_refused(connection))
            self.set_fault("open temp-rewriteaof-bg-* EROFS")  # the disk syncs again
            self.wait_until("changes are taken", lambda: not self.is_refused(connection))
            with self.assertRaises(Silence):
                writer.read(1)
            self.assertEqual(connection.call("GET", "key"), b"value")
            self.set_fault()
            self.rewrite(connection)
            self.assertEqual(writer.read(20), b"OK")
        self.assertEqual(self.restart().call("GET", "key"), b"value")

    def test_a_rewrite_that_fails_leaves_the_log_as_it_was(self):
        connection = self.connect()
        for count, (name, (rule, reason)) in enumerate(REWRITE_FAULTS.items()):
            with self.subTest(name):
                told_before = self.server.log().count(reason)
                self.set_fault(rule)
                self.assertEqual(self.rewrite(connection), "err")
                self.assertEqual(self.server.log().count(reason), told_before + 1)
                self.assertEqual(connection.call("SET", f"key:{count}", "value"), b"OK")
                self.assertEqual(connection.call("WAITAOF", "1", "0", "10000"), [1, 0])
                self.set_fault()
                connection = self.restart()
                self.assertEqual(connection.call("EXISTS", *(f"key:{i}" for i in range(count + 1))), count + 1)
                self.assertEqual(self.rewrite(connection), "ok")
                self.assertEqual(connection.call("DBSIZE"), count + 1)

    def test_a_slow_manifest_holds_up_nobody(self):
        """It is synced, and its folder, at the beginning of a rewrite and twice at its end."""
        connection = self.connect()
        self.set_fault("sync temp-*.manifest slow 1500000", "sync appendonlydir slow 1500000")
        with self.server.connect(timeout_s=30) as rewriter:
            rewriter.send("BGREWRITEAOF")
            self.wait_until("it begins", lambda: self.info("persistence")["aof_rewrite_in_progress"] == "1")
            began = time.monotonic()
            slowest_s = 0
            while self.info("persistence")["aof_rewrite_in_progress"] == "1":
                before = time.monotonic()
                self.assertEqual(connection.call("GET", "none"), None)
                self.assertEqual(connection.call("SET", "key", "value"), b"OK")
                slowest_s = max(slowest_s, time.monotonic() - before)
            self.assertGreater(time.monotonic() - began, 6)
            self.assertLess(slowest_s, 1)
            self.assertEqual(rewriter.read(1), b"Background append only file rewriting started")
        self.assertEqual(self.info("persistence")["aof_last_bgrewrite_status"], "ok")
        self.set_fault()
        self.assertEqual(self.restart().call("GET", "key"), b"value")

    def test_a_slow_manifest_is_waited_for_where_the_log_is_turned_off(self):
        connection = self.connect(timeout_s=30)
        for delay_s in 0.2, 1.2:  # before and while the child runs
            connection.call("SET", "key", "value")
            connection.call("CONFIG", "SET", "rdb-key-save-delay", "10000000")
            self.set_fault("sync temp-*.manifest slow 700000")
            with self.server.connect(timeout_s=30) as rewriter:
                rewriter.send("BGREWRITEAOF")
                time.sleep(delay_s)
                self.assertEqual(connection.call("CONFIG", "SET", "appendonly", "no"), b"OK")
                rewriter.read(20)
            self.assertEqual(self.info("persistence")["aof_rewrite_in_progress"], "0")
            self.set_fault()
            connection.call("CONFIG", "SET", "rdb-key-save-delay", "0")
            self.assertEqual(connection.call("CONFIG", "SET", "appendonly", "yes"), b"OK")
            self.wait_until("a base", lambda: self.info("persistence")["aof_rewrite_in_progress"] == "0")
            connection = self.restart()
            self.assertEqual(connection.call("GET", "key"), b"value")

    def test_a_slow_disk_holds_up_nobody_but_those_who_write(self):
        """Everysec promises that no more than two seconds are lost."""
        connection = self.connect()
        self.set_fault("sync *.incr.aof slow 6000000")
        stop = threading.Event()
        slowest = {}

        def write():
            with self.server.connect(timeout_s=30) as writer:
                while not stop.is_set():
                    began = time.monotonic()
                    writer.call("SET", "written", "value")
                    slowest["write"] = max(slowest.get("write", 0), time.monotonic() - began)

        thread = threading.Thread(target=write)
        thread.start()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            began = time.monotonic()
            connection.call("GET", "written")
            slowest["read"] = max(slowest.get("read", 0), time.monotonic() - began)
            time.sleep(0.001)
        self.set_fault()
        stop.set()
        thread.join()
        self.assertLess(slowest["read"], 0.5)
        self.assertGreater(slowest["write"], 1)
        self.assertGreater(int(self.info("persistence")["aof_delayed_fsync"]), 0)
        self.assertEqual(connection.call("SET", "written", "again"), b"OK")

    def test_what_waits_for_a_disk_that_stalls_is_bounded(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "appendfsync", "no")
        self.set_fault("write *.incr.aof slow 3000000")
        writers = [self.connect(timeout_s=60) for _ in range(4)]
        thread = threading.Thread(target=lambda: [writer.send_raw(b"".join(
            request("SET", f"key:{i}", b"x" * 1_000_000) for i in range(60))) for writer in writers])
        thread.start()
        most = 0
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            most = max(most, int(self.info("memory")["mem_aof_buffer"]))
            time.sleep(0.02)
        self.set_fault()
        thread.join()
        for writer in writers:
            self.assertEqual([writer.read(30) for _ in range(60)], [b"OK"] * 60)
        self.assertGreater(most, 100_000_000)
        self.assertLess(most, 160_000_000)

    def test_always_answers_without_the_disk_while_a_child_runs_where_it_may(self):
        connection = self.connect()
        for name, value in ("appendfsync", "always"), ("no-appendfsync-on-rewrite", "yes"), ("key-load-delay", "0"):
            connection.call("CONFIG", "SET", name, value)
        connection.call("DEBUG", "POPULATE", "2000")
        connection.call("CONFIG", "SET", "rdb-key-save-delay", "1000")
        for command, field in ("BGREWRITEAOF", "aof_rewrite_in_progress"), ("BGSAVE", "rdb_bgsave_in_progress"):
            with self.subTest(command):
                connection.call(command)
                self.set_fault("sync *.2.incr.aof slow 3000000")  # the first one may just be synced for the last time
                began = time.monotonic()
                self.assertEqual(connection.call("SET", "key", command), b"OK")
                took_s = time.monotonic() - began
                self.assertEqual(self.info("persistence")[field], "1")
                self.assertLess(took_s, 1)
                self.set_fault()
                self.wait_until("the child's end", lambda: self.info("persistence")[field] == "0")
                self.assertEqual(connection.call("WAITAOF", "1", "0", "10000"), [1, 0])


if __name__ == "__main__":
    unittest.main()
