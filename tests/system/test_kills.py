"""kill -9 at random moments under load: what was promised is there at the next start, and there always is one.

Runs 20 kills; `test_kills.py --kills 1000 [--seed N]` more. All that one client writes is a sequence: what is there
after a start has to be a beginning of it, without a gap, as long as the policy promised.
"""

import random
import sys
import threading
import time
import unittest

from support.case import ServerCase
from support.resp import Closed, Connection, Error, Silence

KEYS = 1000
OTHERS = 10_000  # keys that nobody changes
EVERYSEC_LOSS_S = 2
GONE = (Closed, Silence, OSError)

kills = 20
seed = random.randrange(1 << 32)


def latest(n, key):
    """The last number up to n that was written to a key."""
    return n - (n - key) % KEYS


class Load:
    """Writes numbers from `first` on until the server is gone; the latest is what matters."""

    def __init__(self, port, first):
        self.sent = first - 1
        self.acknowledged = [(time.monotonic(), first - 1)]
        self.port = port
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            with Connection(self.port) as connection:
                while True:
                    self.sent += 1
                    reply = connection.call("SET", f"key:{self.sent % KEYS}", str(self.sent))
                    if reply != b"OK":
                        return
                    self.acknowledged.append((time.monotonic(), self.sent))
        except GONE:
            pass

    def acknowledged_by(self, moment):
        return max((n for when, n in self.acknowledged if when <= moment), default=0)


class Disturbance:
    """Snapshots or rewrites, one after the other; knows what the last whole snapshot held at least."""

    def __init__(self, port, load, command):
        self.durable = 0
        self.command = command
        self.field = "rdb_bgsave_in_progress" if command == "BGSAVE" else "aof_rewrite_in_progress"
        self.port = port
        self.load = load
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            with Connection(self.port) as connection:
                while True:
                    at_least = self.load.acknowledged[-1][1]
                    if isinstance(connection.call(self.command), Error):
                        time.sleep(0.005)
                        continue
                    while f"{self.field}:1".encode() in (info := connection.call("INFO", "persistence")):
                        time.sleep(0.002)
                    if b"rdb_last_bgsave_status:ok" in info:
                        self.durable = at_least
        except GONE:
            pass


class Kills(ServerCase):
    settings = {"save": ""}

    def setUp(self):
        self.random = random.Random(f"{seed} {self.id()}")

    def restart(self, server):
        try:
            server.start()
        except Exception as failure:
            self.fail(f"seed {seed}: no start after a kill: {failure}")

    def numbers(self, server):
        """How far the sequence goes; it must not have gaps."""
        with server.connect() as connection:
            values = [int(value or 0) for value in connection.call("MGET", *(f"key:{i}" for i in range(KEYS)))]
        n = max(values)
        wrong = {key: value for key, value in enumerate(values) if value != max(latest(n, key), 0)}
        self.assertEqual(wrong, {}, f"seed {seed}: gaps before {n}")
        return n

    def kill_often(self, command, run_s, at_least, **settings):
        """`at_least(load, disturbance, moment)`: what has to be there after a kill at that moment."""
        server = self.start(**{"save": ""} | settings)
        with server.connect() as connection:
            if settings.get("appendonly") == "yes" and b"aof_enabled:1" not in connection.call("INFO", "persistence"):
                self.skipTest("there is no append-only file yet")
            connection.call_all([("SET", f"other:{i}", "x" * 100) for i in range(OTHERS)])
            connection.call("SAVE")
        n = 0
        for _ in range(max(1, kills // 5)):
            load = Load(server.port, n + 1)
            disturbance = Disturbance(server.port, load, command)
            time.sleep(self.random.uniform(*run_s))
            killed = time.monotonic()
            server.process.kill()
            server.process.wait()
            load.thread.join()
            disturbance.thread.join()
            self.restart(server)
            found = self.numbers(server)
            self.assertLessEqual(found, load.sent)
            wanted = max(n, at_least(load, disturbance, killed))
            self.assertGreaterEqual(found, wanted, f"seed {seed}: acknowledged writes are missing")
            n = found
            with server.connect() as connection:
                self.assertEqual(connection.call("EXISTS", "other:0", f"other:{OTHERS - 1}"), 2)

    def test_snapshots(self):
        self.kill_often("BGSAVE", (0.01, 0.4), lambda _, disturbance, __: disturbance.durable)

    def test_always(self):
        self.kill_often("BGREWRITEAOF", (0.01, 0.4), lambda load, _, __: load.acknowledged[-1][1],
                        appendonly="yes", appendfsync="always")

    def test_always_with_a_log_that_is_laid_out(self):
        """Which no rewrite keeps small."""
        self.kill_often("BGSAVE", (0.01, 0.4), lambda load, _, __: load.acknowledged[-1][1],
                        appendonly="yes", appendfsync="always", auto_aof_rewrite_percentage="0")

    def test_everysec(self):
        self.kill_often("BGREWRITEAOF", (0.01, 3), lambda load, _, at: load.acknowledged_by(at - EVERYSEC_LOSS_S),
                        appendonly="yes", appendfsync="everysec")

    def test_everysec_and_snapshots(self):
        self.kill_often("BGSAVE", (0.01, 3), lambda load, _, at: load.acknowledged_by(at - EVERYSEC_LOSS_S),
                        appendonly="yes", appendfsync="everysec")


def take_number(option, default):
    if option not in sys.argv:
        return default
    at = sys.argv.index(option)
    number = int(sys.argv[at + 1])
    del sys.argv[at:at + 2]
    return number


if __name__ == "__main__":
    kills = take_number("--kills", kills)
    seed = take_number("--seed", seed)
    unittest.main()
