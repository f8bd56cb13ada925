"""The append-only log: what was changed is there after a crash, here and in redis-server; what goes wrong refuses
changes and loses none that was acknowledged. LARDER_KILLS says how often the server is killed at random (5)."""

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import threading
import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Closed, Error
from support.servers import REDIS, Server, StartFailed
from system.test_snapshots import LIBRARY, content

LOG = "appendonlydir"
KILLS = int(os.environ.get("LARDER_KILLS", "5"))


def change_everything(connection):
    """Changes whose commands mean something else when they are run again: times, chance, who waits."""
    call = connection.call
    call("FLUSHALL")
    for words in (
        "SET ex 1 EX 1000", "SET px 1 PX 100000 GET", "SETEX setex 1000 v", "SET keep 1 EX 1000", "SET keep 2 KEEPTTL",
        "SET nx 1 NX", "SET nx 2 NX", "GETSET nx 3", "SET gone 1", "GETDEL gone", "SET getex 1", "GETEX getex EX 500",
        "INCRBYFLOAT float 10.5", "INCRBYFLOAT float 0.1", "SET past 1", "PEXPIREAT past 1", "EXPIRE nx 600",
        "HSET hash f 1 g 2", "HINCRBYFLOAT hash f 0.25", "SADD set 1 2 3 4 5 6 7 8 9", "SPOP set", "SPOP set 3",
        "SADD allset a b", "SPOP allset 2", "RPUSH list 1 2 3 4 5 6", "LMPOP 2 none list LEFT COUNT 2", "BLPOP list 0",
        "BLMOVE list other LEFT RIGHT 0", "BRPOPLPUSH list other 0", "ZADD zset 1 a 2 b 3 c 4 d", "ZPOPMIN zset",
        "ZMPOP 1 zset MAX", "BZPOPMIN zset 0", "GEOADD geo 13.3 38.1 Palermo", "XADD stream * f v",
        "XADD stream MAXLEN ~ 1000 * f w", "XADD stream 99999999999999-1 f x", "XGROUP CREATE stream group 0",
        "XREADGROUP GROUP group one COUNT 2 STREAMS stream >", "XAUTOCLAIM stream group two 0 0 COUNT 1",
        "XTRIM stream MAXLEN 2", "PFADD loglog a b c", "PFCOUNT loglog", "RPUSH tosort 3 1 2", "SORT tosort STORE sorted",
        "SET moved 1", "COPY moved copied", "RENAME moved renamed", "SET expired 1 PX 1", "APPEND renamed x",
    ):
        reply = call(*words.split())
        assert not isinstance(reply, Error), (words, reply)
    payload = call("DUMP", "zset")
    call("RESTORE", "restored", "100000", payload)
    call("EVAL", "redis.call('set','s1',redis.call('time')[1]) redis.call('set','s2','1','EX',100)", "0")
    for words in (("MULTI",), ("SET", "m1", "1"), ("INCR", "m1"), ("EXEC",), ("SELECT", "7"), ("SET", "db7", "1"),
                  ("SELECT", "0"), ("FUNCTION", "LOAD", "REPLACE", LIBRARY)):
        call(*words)
    time.sleep(0.02)
    call("GET", "expired")


def give_elements_deadlines(connection):
    """Which the digest knows, and redis-server 7.0 does not."""
    for words in ("HSET fields f 1 g 2 5 3", "HEXPIRE fields 1000 FIELDS 2 f 5", "SADD members 1 2 a",
                  "EXPIREMEMBER members 2 1000", "EXPIREMEMBER members a 500", "ZADD scores 1 a 2 b",
                  "EXPIREMEMBER scores b 1000"):
        reply = connection.call(*words.split())
        assert not isinstance(reply, Error), (words, reply)


def digest(connection):
    return bytes(connection.call("DEBUG", "DIGEST"))


def state(connection):
    """What change_everything() left, in a form that servers can be compared by."""
    call = connection.call
    keys = {}
    for database in "7", "0":
        call("SELECT", database)
        for key in call("KEYS", "*"):
            keys[database, bytes(key)] = (*content(connection, key), call("PEXPIRETIME", key))
    return keys | {"pending": str(call("XPENDING", "stream", "group")), "function": bytes(call("FCALL", "f", "0"))}


class AppendOnlyCase(ServerCase):
    settings = {"appendonly": "yes", "appendfsync": "always"}

    def path(self, name, server=None):
        return (server or self.server).folder / LOG / name

    def newest(self):
        return self.path(self.path("appendonly.aof.manifest").read_text().split("\n")[-2].split()[1])

    def restart(self, how=signal.SIGKILL):
        self.server.process.send_signal(how)
        self.server.process.wait(20)
        self.server.start()
        return self.connect()

    def rewrite(self):
        with self.server.connect() as connection:
            connection.call("BGREWRITEAOF")
        self.wait_until("the rewrite ends", lambda: self.info()["aof_rewrite_in_progress"] == "0")
        self.assertEqual(self.info()["aof_last_bgrewrite_status"], "ok")


class AppendOnly(AppendOnlyCase):
    def test_what_was_changed_comes_back(self):
        connection = self.connect()
        change_everything(connection)
        before = digest(connection)
        connection.call("DEBUG", "LOADAOF")
        self.assertEqual(digest(connection), before)
        self.assertEqual(digest(self.restart()), before)

    def test_a_rewrite_holds_the_same(self):
        for preamble in "yes", "no":
            connection = self.connect()
            connection.call("CONFIG", "SET", "aof-use-rdb-preamble", preamble)
            change_everything(connection)
            give_elements_deadlines(connection)
            self.rewrite()
            connection.call("SET", "after", preamble)
            before = digest(connection)
            self.assertEqual(digest(self.restart()), before)

    def test_a_base_may_end_in_any_byte(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "rdbchecksum", "no")
        connection.call("SET", "a", "1")
        self.rewrite()
        base = self.path("appendonly.aof.2.base.rdb")
        self.server.stop()
        base.write_bytes(base.read_bytes()[:-1] + b"#")  # as one checksum of 256 does
        self.server.settings = self.settings | {"rdbchecksum": "no"}
        self.server.start()
        self.assertEqual(bytes(self.connect().call("GET", "a")), b"1")

    def test_deadlines_that_the_server_gave_are_kept(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "default-ttl", "5000")
        for words in "SET a 1", "RPUSH b 1", "INCR c", "HSET d f v":
            connection.call(*words.split())
        times = [connection.call("PEXPIRETIME", key) for key in "abcd"]
        time.sleep(0.02)
        connection = self.restart()
        self.assertEqual([connection.call("PEXPIRETIME", key) for key in "abcd"], times)

    def assert_whole(self):
        manifest = self.path("appendonly.aof.manifest")
        checked = subprocess.run(["redis-check-aof", manifest], capture_output=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout)

    @contextlib.contextmanager
    def redis_with_the_log(self):
        """A connection to a redis-server that has loaded a copy of the log."""
        with Server(REDIS, appendonly="yes") as redis:
            redis.stop()
            shutil.rmtree(redis.folder / LOG)
            shutil.copytree(self.server.folder / LOG, redis.folder / LOG)
            redis.start()
            with redis.connect() as theirs:
                yield theirs

    def test_redis_loads_ours(self):
        connection = self.connect()
        change_everything(connection)
        self.rewrite()
        change_everything(connection)
        self.assert_whole()
        before = state(connection)
        with self.redis_with_the_log() as theirs:
            self.assertEqual(state(theirs), before)

    def test_a_log_that_is_laid_out_ahead_is_loaded_everywhere_after_a_kill(self):
        connection = self.connect()
        for i in range(300):
            connection.call("SET", f"key:{i}", f"{i}" * 500)
        self.server.process.kill()
        self.server.process.wait()
        log = self.newest()
        self.assertEqual(log.read_bytes()[-1000:], b"#" * 1000)
        self.assert_whole()
        with self.redis_with_the_log() as theirs:
            self.assertEqual(theirs.call("DBSIZE"), 300)
            self.assertEqual(theirs.call("GET", "key:299"), b"299" * 500)
        self.server.start()
        connection = self.connect()
        self.assertEqual(connection.call("DBSIZE"), 300)
        self.assertTrue(log.read_bytes().endswith(b"\r\n"))
        connection.call("SET", "key:300", "last")
        self.wait_until("it is laid out", lambda: log.read_bytes().endswith(b"#" * 1000))
        before = digest(connection)
        connection.call("DEBUG", "LOADAOF")
        self.assertEqual(digest(connection), before)
        connection.call("CONFIG", "SET", "appendfsync", "everysec")
        connection.call("SET", "key:301", "last")
        self.assertEqual(connection.call("WAITAOF", "1", "0", "10000"), [1, 0])
        self.assertTrue(log.read_bytes().endswith(b"\r\n"))
        connection.call("CONFIG", "SET", "appendfsync", "always")
        connection.call("SET", "key:302", "last")
        self.assertEqual(digest(self.restart(signal.SIGTERM)), digest(self.restart()))
        self.assertTrue(log.read_bytes().endswith(b"\r\n"))
        self.assertEqual(self.connect().call("DBSIZE"), 303)

    def test_we_load_what_redis_wrote(self):
        with Server(REDIS, appendonly="yes") as redis, redis.connect() as theirs:
            change_everything(theirs)
            before = state(theirs)
            redis.stop()
            self.server.stop()
            shutil.rmtree(self.server.folder / LOG)
            shutil.copytree(redis.folder / LOG, self.server.folder / LOG)
        self.server.start()
        self.assertEqual(state(self.connect()), before)

    def test_turned_on_and_off_at_run_time(self):
        connection = self.connect()
        connection.call("SET", "a", "1")
        connection.call("CONFIG", "SET", "appendonly", "no")
        connection.call("SET", "a", "2")
        connection.call("CONFIG", "SET", "appendonly", "yes")
        connection.call("INCR", "a")
        self.wait_until("the rewrite ends", lambda: self.info()["aof_rewrite_in_progress"] == "0")
        connection.call("INCR", "a")
        self.assertEqual(bytes(self.restart().call("GET", "a")), b"4")

    def test_turned_off_and_on_within_a_transaction(self):
        connection = self.connect()
        connection.call_all([words.split() for words in (
            "SET before 1", "SET before 2", "MULTI", "SET a 1", "CONFIG SET appendonly no",
            "CONFIG SET appendonly yes", "SET b 1", "SET c 1", "EXEC")])
        self.wait_until("the rewrite ends", lambda: self.info()["aof_rewrite_in_progress"] == "0")
        before = digest(connection)
        connection.call("WAITAOF", "1", "0", "3000")
        self.assertEqual(connection.call("DBSIZE"), 4)
        self.assertEqual(digest(self.restart()), before)

    def test_a_snapshot_is_taken_over(self):
        self.server.stop()
        shutil.rmtree(self.server.folder / LOG)
        self.server.settings = {"save": "1 1"}
        self.server.start()
        with self.server.connect() as connection:
            connection.call("SET", "a", "1")
            connection.call("SAVE")
        self.server.stop()
        self.server.settings = dict(self.settings)
        self.server.start()
        self.assertEqual(bytes(self.connect().call("GET", "a")), b"1")

    def test_a_single_file_is_taken_over(self):
        self.server.stop()
        shutil.rmtree(self.server.folder / LOG)
        (self.server.folder / "appendonly.aof").write_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n")
        self.server.start()
        self.assertEqual(bytes(self.connect().call("GET", "a")), b"1")
        self.assertIn("file appendonly.aof seq 1 type b", self.path("appendonly.aof.manifest").read_text())

    def test_waitaof(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "appendfsync", "everysec")
        connection.call("SET", "a", "1")
        self.assertEqual(connection.call("WAITAOF", "1", "0", "3000"), [1, 0])
        self.assertEqual(connection.call("WAITAOF", "1", "1", "50"), [1, 0])
        connection.call("CONFIG", "SET", "appendonly", "no")
        self.assertIsInstance(connection.call("WAITAOF", "1", "0", "50"), Error)


class TurnedOn(AppendOnlyCase):
    settings = {"appendonly": "no", "appendfsync": "always"}

    def started_again_with_the_log(self):
        with self.server.connect() as connection:
            self.assertEqual(connection.call("WAITAOF", "1", "0", "10000"), [1, 0])  # when there is a whole log
        self.server.settings["appendonly"] = "yes"
        return self.restart()

    @only_larder
    def test_while_a_rewrite_of_before_runs_it_begins_anew(self):
        connection = self.connect()
        connection.call("SET", "before", "1")
        connection.call("CONFIG", "SET", "rdb-key-save-delay", "10000000")
        connection.call("BGREWRITEAOF")
        connection.call("SET", "meanwhile", "1")
        connection.call("CONFIG", "SET", "rdb-key-save-delay", "0")
        self.assertEqual(connection.call("CONFIG", "SET", "appendonly", "yes"), b"OK")
        connection.call("SET", "after", "1")
        self.assertEqual(self.started_again_with_the_log().call("EXISTS", "before", "meanwhile", "after"), 3)

    def test_in_a_transaction_it_begins_behind_it(self):
        connection = self.connect()
        replies = connection.call_all([command.split() for command in (
            "MULTI", "SET a 1", "CONFIG SET appendonly yes", "SET b 1", "INFO persistence", "EXEC")])[-1]
        self.assertIn(b"aof_rewrite_in_progress:0", replies[-1])
        self.assertEqual(self.started_again_with_the_log().call("EXISTS", "a", "b"), 2)


class Damage(AppendOnlyCase):
    def append(self, text):
        self.server.stop()
        with open(self.newest(), "ab") as file:
            file.write(text)

    def test_a_torn_tail_is_cut_off(self):
        self.connect().call("SET", "a", "1")
        self.append(b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n2\r\n")
        self.server.start()
        connection = self.connect()
        self.assertEqual(bytes(connection.call("GET", "a")), b"1")
        connection.call("INCR", "a")
        self.assertEqual(bytes(self.restart().call("GET", "a")), b"2")

    def test_what_is_no_command_is_refused(self):
        self.connect().call("SET", "a", "1")
        self.append(b"bad")
        with self.assertRaisesRegex(StartFailed, "Bad file format reading the append only file"):
            self.server.start()
        self.server.settings["aof-load-corrupt-tail-max-size"] = "10"
        self.server.start()
        self.assertEqual(bytes(self.connect().call("GET", "a")), b"1")

    def test_a_torn_tail_may_be_refused(self):
        self.connect().call("SET", "a", "1")
        self.append(b"*1\r\n$5\r\nMU")
        self.server.settings["aof-load-truncated"] = "no"
        with self.assertRaisesRegex(StartFailed, "Unexpected end of file"):
            self.server.start()


class Faults(AppendOnlyCase):
    def test_a_full_disk_refuses_changes_until_it_has_room(self):
        for policy in "everysec", "always":
            connection = self.connect()
            connection.call("CONFIG", "SET", "appendfsync", policy)
            connection.call("SET", "kept", "1")
            pid = self.server.process.pid
            size = self.newest().stat().st_size
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 1000, resource.RLIM_INFINITY))
            with self.server.connect(timeout_s=30) as writer:
                writer.send("SET", "large", "x" * 5000)
                self.wait_until("changes are refused", lambda: isinstance(connection.call("PING"), Error))
                refused = connection.call("SET", "kept", "2")
                self.assertIsInstance(refused, Error)
                self.assertIn("MISCONF Errors writing to the AOF file", str(refused))
                self.assertEqual(bytes(connection.call("GET", "kept")), b"1")
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
                self.wait_until("changes are taken", lambda: not isinstance(connection.call("PING"), Error))
                self.assertEqual(bytes(writer.read(20)), b"OK")
            connection.call("SET", "after", policy)
            expected = digest(connection)
            connection.call("CONFIG", "SET", "appendfsync", "always")
            connection.call("WAITAOF", "1", "0", "3000")
            self.assertEqual(digest(self.restart()), expected)

    def test_killed_at_random_nothing_acknowledged_is_lost(self):
        last = {}
        for _ in range(KILLS):
            stop = threading.Event()
            threads = [threading.Thread(target=self.write, args=(name, last, stop)) for name in "abcd"]
            for thread in threads:
                thread.start()
            if random.random() < 0.5:
                with self.server.connect() as connection:
                    connection.call("BGREWRITEAOF")
            time.sleep(random.uniform(0.02, 0.4))
            self.server.process.kill()
            stop.set()
            for thread in threads:
                thread.join()
            self.server.process.wait(20)
            self.server.start()
            with self.server.connect() as connection:
                for name, number in last.items():
                    found = int(connection.call("GET", name) or 0)
                    self.assertGreaterEqual(found, number, name)
                    last[name] = found

    def write(self, name, last, stop):
        try:
            with self.server.connect() as connection:
                while not stop.is_set():
                    reply = connection.call("INCR", name)
                    if isinstance(reply, int):
                        last[name] = reply
        except (OSError, Closed):
            pass  # killed

    def test_a_rewrite_under_load(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "appendfsync", "everysec")
        connection.call("CONFIG", "SET", "rdb-key-save-delay", "200")
        connection.call("DEBUG", "POPULATE", "2000")
        stop = threading.Event()
        threads = [threading.Thread(target=self.write, args=(name, {}, stop)) for name in "abcd"]
        for thread in threads:
            thread.start()
        self.rewrite()
        stop.set()
        for thread in threads:
            thread.join()
        before = digest(connection)
        connection.call("DEBUG", "LOADAOF")
        self.assertEqual(digest(connection), before)


if __name__ == "__main__":
    unittest.main()
