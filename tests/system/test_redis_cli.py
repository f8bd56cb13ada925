"""redis-cli, in the modes that people use."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
import unittest

from support.case import ServerCase, only_larder


class RedisCli(ServerCase):
    settings = {"unixsocket": "s.sock"}

    def cli(self, *arguments, stdin="", timeout_s=30):
        run = subprocess.run(["redis-cli", "-p", str(self.server.port), *arguments], input=stdin, text=True,
                             capture_output=True, timeout=timeout_s)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    @contextlib.contextmanager
    def terminal(self, *arguments):
        """redis-cli in a terminal; yields the other end of it."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))  # or it asks, and waits
        environment = os.environ | {"TERM": "xterm", "HOME": str(self.server.folder)}
        run = subprocess.Popen(["redis-cli", "-p", str(self.server.port), *arguments], stdin=its, stdout=its, stderr=its,
                               env=environment)
        os.close(its)
        try:
            yield Screen(ours)
        finally:
            if run.poll() is None:
                run.terminate()
            run.wait(10)
            os.close(ours)

    def cli_until(self, wanted, *arguments):
        """What a mode that never ends prints until `wanted` is in it."""
        with self.terminal(*arguments) as screen:
            return screen.expect(wanted)

    def fill(self, count=1000):
        with self.server.connect() as connection:
            connection.call_all([["SET", f"key:{n}", "x" * n] for n in range(count)])

    def test_single_commands(self):
        self.assertEqual(self.cli("set", "a", "1"), "OK\n")
        self.assertEqual(self.cli("--no-raw", "get", "a"), '"1"\n')
        self.assertEqual(self.cli("-3", "--no-raw", "get", "b"), "(nil)\n")
        self.assertEqual(self.cli("-n", "3", "exists", "a"), "0\n")
        self.assertEqual(self.cli("-x", "set", "b", stdin="from stdin"), "OK\n")
        self.assertEqual(self.cli("get", "b"), "from stdin\n")
        self.assertEqual(self.cli("-r", "3", "incr", "n"), "1\n2\n3\n")
        self.assertEqual(self.cli("--csv", "mget", "a", "n"), '"1","3"\n')

    def test_json_and_resp3(self):
        self.assertEqual(self.cli("--json", "config", "get", "timeout"), '{"timeout":"0"}\n')
        self.assertEqual(self.cli("-3", "--no-raw", "config", "get", "timeout"), '1# "timeout" => "0"\n')

    def test_commands_from_stdin(self):
        self.assertEqual(self.cli(stdin='set a "b c"\nget a\nincr n\nnosuch\n').split("\n")[:3], ["OK", "b c", "1"])

    def test_other_ways_to_connect(self):
        socket = str(self.server.folder / "s.sock")
        self.assertEqual(self.cli("-s", socket, "ping"), "PONG\n")
        self.assertEqual(self.cli("-u", f"redis://127.0.0.1:{self.server.port}/2", "ping"), "PONG\n")
        self.cli("config", "set", "requirepass", "pw")
        self.assertEqual(self.cli("-a", "pw", "--no-auth-warning", "ping"), "PONG\n")
        self.assertEqual(self.cli("--user", "default", "--pass", "pw", "--no-auth-warning", "ping"), "PONG\n")

    def test_interactive(self):
        prompt = f"127.0.0.1:{self.server.port}"
        with self.terminal() as screen:
            screen.expect(f"{prompt}> ")
            for typed, answer in (("set greeting hello", "OK"), ("get greeting", '"hello"'), ("help get", "1.0.0")):
                screen.type(f"{typed}\r")
                screen.expect(answer)
                screen.expect(f"{prompt}> ")  # typing ahead of the prompt is another mode of the terminal
            screen.type("select 3\r")
            screen.expect(f"{prompt}[3]> ")
            screen.type("quit\r")

    @only_larder
    def test_interactive_help_knows_newer_commands(self):
        with self.terminal() as screen:
            screen.expect(f"127.0.0.1:{self.server.port}> ")
            screen.type("help msetex\r")
            screen.expect("8.4.0")

    def test_stat(self):
        self.fill(10)
        self.assertRegex(self.cli_until("\n10 ", "--stat", "-i", "0.05"), r"keys +mem +clients +blocked +requests")

    def test_latency(self):
        self.assertRegex(self.cli("--latency", "-i", "0.2", "--raw"), r"^\d+ \d+ \d+\.\d+ \d+\n")
        self.assertRegex(self.cli_until("seconds range", "--latency-history", "-i", "0.2"), r"min: \d+, max: \d+")

    def test_scan(self):
        self.fill()
        self.assertEqual(len(set(self.cli("--scan").split())), 1000)
        self.assertEqual(len(set(self.cli("--scan", "--pattern", "key:99*").split())), 11)

    def test_bigkeys_and_memkeys(self):
        self.fill()
        self.assertRegex(self.cli("--bigkeys"), r'Biggest string found ["\']+key:999["\']+ has 999 bytes')
        self.assertRegex(self.cli("--memkeys"), r'Biggest string found ["\']+key:9\d\d["\']+ has \d+ bytes')

    def test_hotkeys(self):
        self.fill(10)
        self.cli("config", "set", "maxmemory-policy", "allkeys-lfu")
        self.cli("-r", "200", "get", "key:7")
        self.assertIn("hot key found with counter", self.cli("--hotkeys"))

    def test_pipe(self):
        lines = "".join(f"SET key:{n} value\r\n" for n in range(10000))
        self.assertIn("errors: 0, replies: 10000", self.cli("--pipe", stdin=lines))
        self.assertEqual(self.cli("dbsize"), "10000\n")

    def test_lru_test(self):
        self.cli("config", "set", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")
        self.assertRegex(self.cli_until("Misses:", "--lru-test", "1000"), r"Hits: \d+ \(\d")

    def test_errors_are_its_exit_status(self):
        run = subprocess.run(["redis-cli", "-e", "-p", str(self.server.port), "nosuch"], capture_output=True, timeout=10)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"ERR unknown command", run.stdout + run.stderr)


class Screen:
    """What a terminal's program prints; expect() takes it up to and with what is wanted."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.text = ""

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def expect(self, wanted, timeout_s=20):
        deadline = time.monotonic() + timeout_s
        while wanted not in self.text:
            ready, _, _ = select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self.descriptor, 65536) if ready else b""
            if not data:
                raise AssertionError(f"{wanted!r} did not come; this did:\n{self.text[-2000:]}")
            self.text += data.decode(errors="replace")
        end = self.text.index(wanted) + len(wanted)
        taken, self.text = self.text[:end], self.text[end:]
        return taken


if __name__ == "__main__":
    unittest.main()
