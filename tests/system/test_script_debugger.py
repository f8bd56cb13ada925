"""The debugger of scripts, as redis-cli --ldb shows it, and as a hostile client would use it."""

import signal
import subprocess
import unittest

from support.case import ServerCase, only_larder
from support.resp import Closed, request

SCRIPT = """\
local value = redis.call('get', KEYS[1])
local more = value .. ARGV[1]
redis.call('set', KEYS[1], more)
return more
"""


def lines_of(reply):
    return [line.decode() for line in reply]


class ScriptDebugger(ServerCase):
    def debug(self, script, mode="YES", *keys):
        """A connection that debugs a script, which has stopped at its first line."""
        connection = self.connect()
        self.assertEqual(connection.call("SCRIPT", "DEBUG", mode), b"OK")
        stop = lines_of(connection.call("EVAL", script, len(keys), *keys))
        self.assertEqual(stop[0], "* Stopped at 1, stop reason = step over")
        return connection

    def assert_ends(self, connection, reply):
        """What the script's end looks like, when it was told to go on."""
        self.assertEqual(lines_of(connection.read())[-1], "<endsession>")
        self.assertEqual(connection.read(), reply)
        with self.assertRaises(Closed):
            connection.read()

    def cli(self, commands, *options):
        path = self.server.folder / "script.lua"
        path.write_text(SCRIPT)
        run = subprocess.run(
            ["redis-cli", "-p", str(self.server.port), "--ldb", *options, "--eval", str(path), "k", ",", "d"],
            input="".join(command + "\n" for command in commands), text=True, capture_output=True, timeout=30)
        return run.stdout + run.stderr

    def test_redis_cli(self):
        with self.server.connect() as connection:
            connection.call("SET", "k", "abc")
            shown = self.cli(["s", "p value", "l", "b 4", "c", "p", "e 1+1", "r get k", "t", "restart", "c", "quit"])
            for expected in ("* Stopped at 1, stop reason = step over", "-> 1   local value",
                             "<redis> get k", '<reply> "abc"', '<value> "abc"', "   3   redis.call(",
                             "->#4   return more", '<value> more = "abcd"', "<retval> 2", '<reply> "abcd"',
                             "In top level:", "Lua debugging session ended"):
                self.assertIn(expected, shown)
            self.assertEqual(shown.count("* Stopped at 1,"), 2)
            self.assertEqual(connection.call("GET", "k"), b"abc")

    def test_redis_cli_sync(self):
        with self.server.connect() as connection:
            connection.call("SET", "k", "abc")
            self.assertIn('"abcd"', self.cli(["c", "quit"], "--ldb-sync-mode"))
            self.assertEqual(connection.call("GET", "k"), b"abcd")

    def test_others_are_served_beside_a_copy(self):
        other = self.connect()
        other.call("SADD", "large", *range(1000))
        session = self.debug("redis.call('flushall')\nredis.call('set', 'a', 1)\nreturn redis.call('dbsize')")
        self.assertEqual(other.call("SET", "b", 2), b"OK")
        session.send("continue")
        self.assert_ends(session, 1)
        self.assertEqual(other.call("EXISTS", "large", "a", "b"), 2)

    def test_nobody_is_served_beside_the_server(self):
        other = self.connect()
        session = self.debug("return redis.call('set', 'a', 1)", "SYNC")
        other.send("GET", "a")
        session.send("continue")
        self.assert_ends(session, b"OK")
        self.assertEqual(other.read(), b"1")

    def test_copies_write_no_log_and_no_snapshot(self):
        self.server = self.start(appendonly="yes", save="3600 1")
        other = self.connect()
        other.call("SET", "a", 1)
        session = self.debug("redis.call('flushall')\nredis.call('set', 'b', 1)\nreturn 1")
        session.send("continue")
        self.assert_ends(session, 1)
        self.assertEqual(other.call("DEBUG", "LOADAOF"), b"OK")
        self.assertEqual(other.call("KEYS", "*"), [b"a"])

    @only_larder
    def test_many_commands_at_once(self):
        session = self.debug("local a = 1\nreturn a")
        session.send_raw(request("step") + request("print", "a") + request("continue"))
        self.assertEqual(lines_of(session.read())[0], "* Stopped at 2, stop reason = step over")
        self.assertEqual(lines_of(session.read()), ["<value> 1"])
        self.assert_ends(session, 1)

    def test_errors_end_a_session(self):
        for script, reply in (("return redis.call('nope')", b"ERR Unknown"), ("error('x')", b"ERR user_script:1: x")):
            session = self.debug(script)
            session.send("continue")
            session.read()
            self.assertTrue(session.read().startswith(reply))
        connection = self.connect()
        connection.call("SCRIPT", "DEBUG", "YES")
        self.assertEqual(connection.call("EVAL", "no lua", 0), [b"<endsession>"])
        self.assertRegex(connection.read(), b"^ERR Error compiling script")

    @only_larder
    def test_what_is_refused(self):
        connection = self.connect()
        self.assertRegex(connection.call("SCRIPT", "DEBUG", "maybe"), b"^ERR Use SCRIPT DEBUG YES/SYNC/NO$")
        self.assertRegex(connection.call_all([["PING"], ["SCRIPT", "DEBUG", "YES"]])[1], b"outside a pipeline$")
        connection.call("SCRIPT", "DEBUG", "YES")
        self.assertRegex(connection.call("EVALSHA", "0" * 40, 0), b"^ERR Please use EVAL instead of EVALSHA")
        self.assertRegex(connection.call_all([["PING"], ["EVAL", "return 1", 0]])[1], b"outside a pipeline")
        connection.call("MULTI")
        connection.call("EVAL", "return 1", 0)
        self.assertRegex(connection.call("EXEC")[0], b"outside a pipeline")
        connection.call("SCRIPT", "DEBUG", "NO")
        self.assertEqual(connection.call("EVAL", "return 1", 0), 1)

    @only_larder
    def test_so_many_copies(self):
        sessions = [self.debug("return 1") for _ in range(16)]
        more = self.connect()
        more.call("SCRIPT", "DEBUG", "YES")
        self.assertEqual(more.call("EVAL", "return 1", 0), b"ERR Too many scripts are being debugged")
        sessions[0].close()
        self.wait_until("there is room again", lambda: "has debugged" in self.server.log())
        self.assertEqual(len(more.call("EVAL", "return 1", 0)), 2)

    def test_hostile_commands(self):
        for data in (b"*1\r\n$-5\r\nx\r\n", b"*99999999\r\n", b"*1\r\n$999999\r\n", b"*1\r\nx\r\n"):
            for mode in ("YES", "SYNC"):
                with self.subTest(data=data, mode=mode):
                    session = self.debug("return 1", mode)
                    session.send_raw(data)
                    self.assertEqual(session.read(), [b"<endsession>"])
                    self.assertRegex(session.read(), b"^ERR protocol error")
        session = self.debug("return 1", "SYNC")
        session.send_raw(b"*1024\r\n" + b"$4000\r\n" + b"x" * 4000 + b"\r\n" + b"$4000\r\n")
        session.close()
        self.assertEqual(self.connect().call("PING"), b"PONG")

    def test_who_goes_away(self):
        other = self.connect()
        for mode in ("YES", "SYNC"):
            self.debug("redis.call('incr', 'a')\nredis.call('incr', 'a')", mode).close()
        self.wait_until("the script runs on", lambda: other.call("GET", "a") == b"2")

    @only_larder
    def test_sigterm_ends_a_session(self):
        for mode in ("YES", "SYNC"):
            with self.subTest(mode):
                self.server = self.start()
                session = self.debug("return 1", mode)
                self.server.process.send_signal(signal.SIGTERM)
                self.assertEqual(self.server.process.wait(20), 0)
                with self.assertRaises(Closed):
                    while True:
                        session.read()

    @only_larder
    def test_copies_end_with_the_server(self):
        session = self.debug("return 1")
        self.server.process.kill()
        self.server.process.wait()
        with self.assertRaises(Closed):
            session.read()

    def test_an_endless_script_is_stopped(self):
        self.server = self.start(**{"busy-reply-threshold": "50"})
        session = self.debug("while true do end")
        session.send("continue")
        self.assertIn("timeout reached", lines_of(session.read())[0])
        session.send("abort")
        self.assertEqual(session.read(), [b"<endsession>"])
        self.assertRegex(session.read(), b"^ERR script aborted for user request")


if __name__ == "__main__":
    unittest.main()
