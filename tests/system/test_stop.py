"""How the server starts and ends: signals, SHUTDOWN, exit codes, what it prints."""

import signal
import subprocess
import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Closed
from support.servers import LARDER, StartFailed


class Stop(ServerCase):
    settings = {"unixsocket": "s.sock", "pidfile": "server.pid"}

    def assert_ended_well(self, connection):
        self.assertEqual(self.server.process.wait(10), 0)
        self.assertFalse((self.server.folder / "s.sock").exists())
        with self.assertRaises(Closed):
            connection.read(timeout_s=5)

    def test_sigterm(self):
        connection = self.connect()
        connection.call("SET", "a", "1")
        self.server.process.send_signal(signal.SIGTERM)
        self.assert_ended_well(connection)

    def test_sigint(self):
        connection = self.connect()
        connection.call("PING")
        self.server.process.send_signal(signal.SIGINT)
        self.assert_ended_well(connection)

    def test_shutdown(self):
        connection = self.connect()
        connection.send("SHUTDOWN", "NOSAVE")
        self.assert_ended_well(connection)

    def test_sighup_and_sigpipe_are_ignored(self):
        self.server.process.send_signal(signal.SIGHUP)
        self.server.process.send_signal(signal.SIGPIPE)
        time.sleep(0.1)
        self.assertEqual(bytes(self.connect().call("PING")), b"PONG")


class Start(ServerCase):
    def test_the_log_tells_the_process_id_and_that_it_is_ready(self):
        self.wait_until("the log is written", lambda: "Ready to accept connections" in self.server.log())
        log = self.server.log()
        self.assertRegex(log, rf"\b[Pp][Ii][Dd][:=] ?{self.server.process.pid}\b")
        self.assertIn("Server initialized", log)
        self.assertRegex(log, rf"(?m)^{self.server.process.pid}:[MC] \d\d \w{{3}} \d{{4}} \d\d:\d\d:\d\d\.\d{{3}} [.*#-] ")


class CommandLine(unittest.TestCase):
    def run_server(self, *arguments, stdin=b""):
        return subprocess.run([LARDER, *arguments], input=stdin, capture_output=True, timeout=20)

    def test_version(self):
        run = self.run_server("--version")
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stdout.decode(), r"v=\d+\.\d+\.\d+|\d+\.\d+\.\d+")

    def test_help(self):
        run = self.run_server("--help")
        self.assertIn(b"config", run.stdout + run.stderr)

    def test_bad_directives(self):
        for arguments in (["--nosuch", "1"], ["--port"], ["--port", "abc"], ["--maxmemory", "lots"]):
            run = self.run_server(*arguments)
            self.assertEqual(run.returncode, 1, arguments)
            self.assertIn(b"FATAL CONFIG FILE ERROR", run.stderr, arguments)

    def test_a_missing_file(self):
        run = self.run_server("/nonexistent/server.conf")
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"/nonexistent/server.conf", run.stdout + run.stderr)

    @only_larder
    def test_check_config(self):
        self.assertEqual(self.run_server("--check-config").returncode, 0)
        self.assertEqual(self.run_server("--check-config", "--port", "abc").returncode, 1)


class ConfigFiles(ServerCase):
    def setUp(self):
        """Each test starts its own."""

    def started_with(self, text):
        """A server whose file says this; what the command line says comes on top."""
        server = self.start()
        server.stop()
        path = server.folder / "server.conf"
        path.write_text(text)
        server.command = [*server.command, str(path)]
        server.start()
        return server, path

    def test_a_file_and_rewrite(self):
        server, path = self.started_with("# mine\nmaxmemory 100mb\n\nhz 20\nmaxmemory-policy allkeys-lru\n")
        with server.connect() as connection:
            self.assertEqual(connection.call("CONFIG", "GET", "maxmemory"), [b"maxmemory", b"104857600"])
            connection.call("CONFIG", "SET", "maxmemory", "5mb")
            connection.call("CONFIG", "SET", "timeout", "77")
            self.assertEqual(bytes(connection.call("CONFIG", "REWRITE")), b"OK")
        text = path.read_text()
        self.assertIn("# mine\nmaxmemory 5mb\n\nhz 20\nmaxmemory-policy allkeys-lru\n", text)
        self.assertIn("timeout 77", text)
        server.stop()
        server.start()
        with server.connect() as connection:
            self.assertEqual(connection.call("CONFIG", "GET", "timeout"), [b"timeout", b"77"])

    def test_debians_directives_are_taken(self):
        with open("/etc/redis/redis.conf") as file:
            text = "".join(line for line in file
                           if not line.startswith(("daemonize", "logfile", "pidfile", "dir ", "bind", "port")))
        server, _ = self.started_with(text)
        with server.connect() as connection:
            self.assertEqual(bytes(connection.call("PING")), b"PONG")

    def test_an_unknown_directive_names_file_and_line(self):
        with self.assertRaises(StartFailed) as failed:
            self.started_with("hz 10\n\nnosuch directive\n")
        self.assertIn("ended with 1", str(failed.exception))
        self.assertIn("FATAL CONFIG FILE ERROR", str(failed.exception))
        self.assertRegex(str(failed.exception), r"(?i)line\D*3\b|:3\b")
        self.assertIn("nosuch directive", str(failed.exception))


class Expiry(ServerCase):
    def test_a_crowded_second_goes_by_itself(self):
        connection = self.connect(timeout_s=60)
        connection.call_all([["SET", f"k{n}", "v", "PX", 500 + n % 300] for n in range(50000)])
        connection.call("SET", "stays", "1")
        self.wait_until("all are gone", lambda: connection.call("DBSIZE") == 1, timeout_s=30)
        self.assertEqual(self.info("stats")["expired_keys"], "50000")


if __name__ == "__main__":
    unittest.main()
