"""Snapshots: what is saved comes back, here and in redis-server; what goes wrong is told and loses nothing."""

import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Error
from support.servers import REDIS, Server, StartFailed

LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 'called' end)"


def fill(connection):
    """Keys of all types that Redis 7.0 has too, in small and large forms."""
    call = connection.call
    call("SET", "string", "value")
    call("SET", "integer", "-1234567")
    call("SET", "binary", bytes(range(256)) * 10)
    call("SET", "compressible", "x" * 5000)
    call("SET", "expiring", "value", "EX", "100000")
    call("SET", "gone", "value", "PX", "1")
    for size in 5, 2000:
        numbers = [str(i * 7919 % 10007) for i in range(size)]
        words = [f"word:{i}:{'y' * (i % 50)}" for i in range(size)]
        call("RPUSH", f"list{size}", *words, *numbers)
        call("SADD", f"set{size}", *words)
        call("SADD", f"integers{size}", *numbers)
        call("ZADD", f"zset{size}", *(part for i, word in enumerate(words) for part in (str(i / 3), word)))
        call("HSET", f"hash{size}", *(part for word in words for part in (word, word[::-1])))
        for i in range(1, size // 5):
            call("XADD", f"stream{size}", f"{i}-1", "field", str(i), "other", words[i])
    call("RPUSH", "longitems", "z" * 100000, "a", "z" * 20000)
    call("ZADD", "infinite", "inf", "a", "-inf", "b", "0.1", "c")
    call("XGROUP", "CREATE", "stream2000", "group", "0")
    call("XREADGROUP", "GROUP", "group", "consumer", "COUNT", "10", "STREAMS", "stream2000", ">")
    call("XDEL", "stream2000", "3-1")
    call("PFADD", "loglog", *map(str, range(1000)))
    call("GEOADD", "geo", "13.361389", "38.115556", "Palermo")
    call("SETBIT", "bits", "100000", "1")
    call("SELECT", "9")
    call("SET", "elsewhere", "1")
    call("SELECT", "0")
    call("FUNCTION", "LOAD", "REPLACE", LIBRARY)
    time.sleep(0.01)


READS = {
    b"string": lambda key: ("GET", key),
    b"list": lambda key: ("LRANGE", key, "0", "-1"),
    b"set": lambda key: ("SMEMBERS", key),
    b"zset": lambda key: ("ZRANGE", key, "0", "-1", "WITHSCORES"),
    b"hash": lambda key: ("HGETALL", key),
    b"stream": lambda key: ("XRANGE", key, "-", "+"),
}


def content(connection, key):
    kind = bytes(connection.call("TYPE", key))
    value = connection.call(*READS[kind](key))
    if kind == b"set":
        value = sorted(map(bytes, value))
    if kind == b"hash":
        value = sorted(zip(map(bytes, value[::2]), map(bytes, value[1::2])))
    if kind == b"zset":
        value = [(bytes(member), float(score)) for member, score in zip(value[::2], value[1::2])]
    return kind, value


def state(connection):
    """All that fill() made, in a form that servers can be compared by."""
    call = connection.call
    keys = {}
    for database in range(16):
        call("SELECT", str(database))
        for key in call("KEYS", "*"):
            ttl = call("EXPIRETIME", key)
            keys[database, bytes(key)] = (*content(connection, key), ttl)
    call("SELECT", "0")
    keys["pending"] = str(call("XPENDING", "stream2000", "group"))
    keys["function"] = bytes(call("FCALL", "f", "0"))
    return keys


class SnapshotCase(ServerCase):
    def file(self, server=None):
        return (server or self.server).folder / "d.rdb"

    def restart(self, how=signal.SIGTERM):
        self.server.process.send_signal(how)
        self.server.process.wait(20)
        self.server.start()

    def wait_for_bgsave(self):
        self.wait_until("the snapshot ends", lambda: self.info()["rdb_bgsave_in_progress"] == "0")


class Snapshots(SnapshotCase):
    settings = {"dbfilename": "d.rdb"}

    def test_what_is_saved_comes_back(self):
        connection = self.connect()
        fill(connection)
        before = state(connection)
        self.assertEqual(bytes(connection.call("SAVE")), b"OK")
        self.restart(signal.SIGKILL)
        self.assertEqual(state(self.connect()), before)

    def test_bgsave(self):
        connection = self.connect()
        fill(connection)
        before = state(connection)
        self.assertEqual(bytes(connection.call("BGSAVE")), b"Background saving started")
        connection.call("FLUSHDB")
        self.wait_for_bgsave()
        fields = self.info()
        self.assertEqual(fields["rdb_last_bgsave_status"], "ok")
        self.assertNotEqual(fields["rdb_last_cow_size"], "0")
        self.restart(signal.SIGKILL)
        self.assertEqual(state(self.connect()), before)

    def test_debug_reload(self):
        connection = self.connect()
        fill(connection)
        before = state(connection)
        connection.call("DEBUG", "RELOAD")
        self.assertEqual(state(connection), before)

    def test_redis_loads_ours(self):
        connection = self.connect()
        fill(connection)
        connection.call("SAVE")
        before = state(connection)
        connection.call("HSET", "fields", "a", "1", "b", "2")
        connection.call("HEXPIRE", "fields", "100000", "FIELDS", "1", "a")
        connection.call("BF.ADD", "filter", "item")
        connection.call("SAVE")
        checked = subprocess.run(["redis-check-rdb", self.file()], capture_output=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        with Server(REDIS, dbfilename="d.rdb") as redis:
            redis.stop()
            shutil.copy(self.file(), self.file(redis))
            redis.start()
            with redis.connect() as theirs:
                self.assertEqual(sorted(map(bytes, theirs.call("HGETALL", "fields"))), [b"1", b"2", b"a", b"b"])
                theirs.call("DEL", "fields")
                self.assertEqual(state(theirs), before)

    def test_we_load_what_redis_wrote(self):
        with Server(REDIS, dbfilename="d.rdb") as redis, redis.connect() as theirs:
            fill(theirs)
            before = state(theirs)
            theirs.call("SAVE")
            shutil.copy(self.file(redis), self.file())
        self.restart()
        self.assertEqual(state(self.connect()), before)

    def test_deadlines_of_fields_and_filters_come_back(self):
        connection = self.connect()
        connection.call("HSET", "fields", "a", "1", "b", "2")
        connection.call("HEXPIRE", "fields", "100000", "FIELDS", "1", "a")
        connection.call("BF.ADD", "filter", "item")
        connection.call("SAVE")
        self.restart(signal.SIGKILL)
        connection = self.connect()
        ttls = connection.call("HTTL", "fields", "FIELDS", "2", "a", "b")
        self.assertTrue(99000 < ttls[0] <= 100000 and ttls[1] == -1, ttls)
        self.assertEqual(connection.call("BF.EXISTS", "filter", "item"), 1)

    def test_killed_while_saving(self):
        connection = self.connect()
        connection.call("SET", "a", "1")
        connection.call("SAVE")
        connection.call("DEBUG", "POPULATE", "1000")
        connection.call("CONFIG", "SET", "rdb-key-save-delay", "1000")
        connection.call("BGSAVE")
        time.sleep(0.1)
        self.restart(signal.SIGKILL)
        self.assertEqual(self.connect().call("DBSIZE"), 1)
        self.wait_until("the child is gone", lambda: not self.children_of_earlier_servers())

    def children_of_earlier_servers(self):
        found = subprocess.run(["pgrep", "-f", str(self.server.folder)], capture_output=True, check=False)
        return set(map(int, found.stdout.split())) - {self.server.process.pid}

    def test_leftovers_of_the_dead_are_removed_at_the_start(self):
        dead = subprocess.Popen(["true"])
        dead.wait()
        names = {f"temp-{dead.pid}.rdb": False, f"temp-{os.getpid()}.rdb": True, "temp-x.rdb": True,
                 f"temp-{dead.pid}.rdb.mine": True}
        for name in names:
            (self.server.folder / name).write_bytes(b"half")
        self.server.stop()
        self.server.start()
        self.assertEqual({name: (self.server.folder / name).exists() for name in names}, names)
        self.assertIn(f"Removed temp-{dead.pid}.rdb", self.server.log())

    def test_a_full_disk(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "save", "3600 1", "rdbcompression", "no")
        connection.call("SET", "a", "1")
        connection.call("SAVE")
        connection.call("SET", "b", "x" * 1_000_000)
        pid = self.server.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        self.assertIsInstance(connection.call("SAVE"), Error)
        self.assertIsInstance(connection.call("BGSAVE"), bytes)
        self.wait_for_bgsave()
        self.assertEqual(self.info()["rdb_last_bgsave_status"], "err")
        self.assertIn("File too large", self.server.log())
        self.assertRegex(bytes(connection.call("SET", "c", "1")), b"^MISCONF ")
        self.assertRegex(bytes(connection.call("PING")), b"^MISCONF ")
        self.assertRegex(bytes(connection.call("EVAL", "return redis.call('SET', 'c', '1')", "0")), b"^MISCONF ")
        self.assertEqual(bytes(connection.call("GET", "a")), b"1")
        self.assertEqual([name for name in os.listdir(self.server.folder) if name.startswith("temp")], [])
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        connection.call("BGSAVE")
        self.wait_for_bgsave()
        self.assertEqual(bytes(connection.call("SET", "c", "1")), b"OK")
        self.restart(signal.SIGKILL)
        self.assertEqual(self.connect().call("STRLEN", "b"), 1_000_000)

    def test_damaged_files_are_refused(self):
        connection = self.connect()
        fill(connection)
        connection.call("SAVE")
        self.server.stop()
        whole = self.file().read_bytes()
        damaged = bytearray(whole)
        damaged[len(whole) // 2] ^= 4
        for content_of_file in whole[:-20], bytes(damaged), b"", b"not a snapshot":
            self.file().write_bytes(content_of_file)
            with self.assertRaises(StartFailed) as failed:
                self.server.start()
            self.assertIn("(at byte ", str(failed.exception))
            self.assertIn("Fatal error loading the DB", str(failed.exception))
            self.assertEqual(self.server.process.returncode, 1)
        self.file().write_bytes(whole)
        self.server.start()

    def test_clients_are_told_to_wait_while_data_is_loaded(self):
        connection = self.connect()
        connection.call("DEBUG", "POPULATE", "1000", "key", "100")
        connection.call("SAVE")
        self.server.stop()
        self.server.settings |= {
            "key_load_delay": 1000, "loading_process_events_interval_bytes": 1024, "rdbcompression": "no"}
        self.server._spawn()  # start() would wait until it is loaded
        self.wait_until("it answers", self.answers)
        connection = self.connect()
        self.assertEqual(
            bytes(connection.call("GET", "key:1")), b"LOADING Redis is loading the dataset in memory")
        fields = self.info("persistence")
        self.assertEqual(fields["loading"], "1")
        self.assertGreater(int(fields["loading_total_bytes"]), 10_000)
        self.wait_until("it is loaded", lambda: self.info()["loading"] == "0")
        self.assertEqual(connection.call("DBSIZE"), 1000)

    def answers(self):
        try:
            self.server.connect(1).close()
            return True
        except OSError:
            return False

    def test_it_can_be_stopped_while_it_loads(self):
        connection = self.connect()
        connection.call("DEBUG", "POPULATE", "1000", "key", "100")
        connection.call("SAVE")
        self.server.stop()
        whole = self.file().read_bytes()
        self.server.settings |= {
            "key_load_delay": 10000, "loading_process_events_interval_bytes": 1024, "save": "3600 1"}
        self.server._spawn()
        self.wait_until("it loads", lambda: "Server initialized" in self.server.log())
        self.server.process.terminate()
        self.assertEqual(self.server.process.wait(5), 0)
        self.assertEqual(self.file().read_bytes(), whole)


class SavePoints(SnapshotCase):
    settings = {"dbfilename": "d.rdb", "save": "1 2"}

    def test_a_save_point_is_reached(self):
        connection = self.connect()
        connection.call("SET", "a", "1")
        time.sleep(1.5)
        self.assertFalse(self.file().exists())
        connection.call("SET", "b", "1")
        self.wait_until("a snapshot is there", self.file().exists)
        self.wait_for_bgsave()
        self.assertEqual(self.info()["rdb_changes_since_last_save"], "0")

    def test_sigterm_saves(self):
        connection = self.connect()
        connection.call("SET", "a", "1")
        self.restart()
        self.assertEqual(bytes(self.connect().call("GET", "a")), b"1")

    def test_shutdown_saves_and_says_where_it_cannot(self):
        connection = self.connect()
        connection.call("SET", "a", "1")
        self.file().mkdir()
        self.assertEqual(bytes(connection.call("SHUTDOWN")), b"ERR Errors trying to SHUTDOWN. Check logs.")
        self.file().rmdir()
        connection.send("SHUTDOWN")
        self.assertEqual(self.server.process.wait(10), 0)
        self.server.start()
        self.assertEqual(bytes(self.connect().call("GET", "a")), b"1")

    def test_what_is_flushed_does_not_come_back(self):
        connection = self.connect()
        connection.call("SET", "a", "1")
        connection.call("SAVE")
        connection.call("FLUSHALL")
        self.wait_until("the empty snapshot is written", lambda: self.info()["rdb_saves"] == "2")
        self.restart(signal.SIGKILL)
        self.assertEqual(self.connect().call("DBSIZE"), 0)


@only_larder
class Learned(SnapshotCase):
    """What eviction has learned of keys' worth outlives the process."""

    settings = {"dbfilename": "d.rdb", "save": "3600 1", "maxmemory": "4mb", "maxmemory-policy": "allkeys-adaptive"}

    def learned(self):
        """The field in the file, with its length before it."""
        data = self.file().read_bytes()
        at = data.index(b"larder-learned") + len(b"larder-learned")
        return data[at:data.index(b"aof-base", at) - 2]

    def test_it_comes_back(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "rdbcompression", "no")
        for turn in range(60):  # the cache is turned over some times
            connection.call_all([["SET", f"once:{turn}:{n}", "v" * 100] for n in range(2000)])
            connection.call_all([["GET", f"often:{n}"] for n in range(500)])
            connection.call_all([["SET", f"often:{n}", "v" * 100] for n in range(500)])
            time.sleep(0.02)
        connection.call("SAVE")
        before = self.learned()
        self.restart(signal.SIGKILL)
        connection = self.connect()
        connection.call("CONFIG", "SET", "rdbcompression", "no")
        connection.call("SAVE")
        self.assertGreater(len(before), 200)
        self.assertEqual(self.learned(), before)

    def test_under_another_policy_it_is_passed_over(self):
        self.connect().call("SET", "a", "1")
        self.server.settings = self.server.settings | {"maxmemory-policy": "noeviction"}
        self.restart()
        connection = self.connect()
        self.assertEqual(bytes(connection.call("GET", "a")), b"1")
        connection.call("SAVE")
        self.assertNotIn(b"larder-learned", self.file().read_bytes())


if __name__ == "__main__":
    unittest.main()
