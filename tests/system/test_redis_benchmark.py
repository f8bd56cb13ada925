"""redis-benchmark: that it runs without an error; how fast is another matter (scripts/bench)."""

import subprocess
import unittest

from support.case import ServerCase


class RedisBenchmark(ServerCase):
    settings = {"unixsocket": "s.sock"}

    def benchmark(self, *arguments):
        run = subprocess.run(["redis-benchmark", "--csv", "-n", "20000", *arguments], stdin=subprocess.DEVNULL, text=True,
                             capture_output=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertNotIn("Error", run.stdout + run.stderr)
        return run.stdout

    def port(self):
        return ["-p", str(self.server.port)]

    def test_tcp(self):
        printed = self.benchmark(*self.port(), "-t", "ping,set,get,incr,mset", "-c", "50")
        for name in ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"):
            self.assertIn(f'"{name}"', printed)

    def test_pipelines(self):
        self.benchmark(*self.port(), "-t", "ping,set,get,incr", "-c", "50", "-P", "16", "-r", "1000", "-d", "100")
        with self.server.connect() as connection:
            self.assertGreater(connection.call("DBSIZE"), 900)

    def test_unix_socket(self):
        self.benchmark("-s", str(self.server.folder / "s.sock"), "-t", "set,get", "-P", "4")

    def test_resp3_and_a_command_of_its_own(self):
        self.benchmark(*self.port(), "-3", "-t", "get")
        self.benchmark(*self.port(), "SETRANGE", "key:__rand_int__", "5", "abc")

    def test_new_connections(self):
        self.benchmark(*self.port(), "-t", "ping", "-k", "0", "-n", "2000")


if __name__ == "__main__":
    unittest.main()
