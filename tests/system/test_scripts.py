"""Scripts that run for long: others are told so, and may end them."""

import signal
import time
import unittest

from support.case import ServerCase
from support.resp import Error, request

ENDLESS = "while true do end"
CALLING = "while true do redis.call('ping') end"
CATCHING = "local f = function() while 1 do redis.call('ping') end end while 1 do pcall(f) end"
LIBRARY = "#!lua name=endless\nredis.register_function('endless', function() while true do end end)"


class LongScripts(ServerCase):
    settings = {"busy-reply-threshold": "20"}

    def begin(self, script, *more):
        """A connection whose script runs, and another that is told so."""
        connection = self.connect()
        connection.send("EVAL", script, 1, "k", *more)
        return connection, self.busy_connection()

    def busy_connection(self):
        other = self.connect()
        self.wait_until("others are told", lambda: bytes(other.call("PING")).startswith(b"BUSY "))
        return other

    def assert_serves(self, connection):
        self.wait_until("the script ends", lambda: bytes(connection.call("PING")) == b"PONG")

    def test_script_kill(self):
        for script in (ENDLESS, CALLING, CATCHING):
            with self.subTest(script):
                connection, other = self.begin(script)
                self.assertEqual(bytes(other.call("SCRIPT", "KILL")), b"OK")
                self.assertRegex(bytes(connection.read()), b"^ERR Script killed by user with SCRIPT KILL")
                self.assert_serves(other)
                self.assert_serves(connection)

    def test_what_came_behind_the_script_runs_after_it(self):
        connection = self.connect()
        connection.send_raw(request("EVAL", CALLING, 0) + request("PING"))
        other = self.busy_connection()
        connection.send("ECHO", "x")
        time.sleep(0.05)
        other.call("SCRIPT", "KILL")
        self.assertRegex(bytes(connection.read()), b"killed by user")
        self.assertEqual(bytes(connection.read()), b"PONG")
        self.assertEqual(connection.read(), b"x")

    def test_a_script_that_wrote_is_not_killed(self):
        connection, other = self.begin("redis.call('set', KEYS[1], 'y') " + ENDLESS)
        self.assertRegex(bytes(other.call("SCRIPT", "KILL")), b"^UNKILLABLE ")
        self.assertRegex(bytes(other.call("SHUTDOWN")), b"^BUSY ")
        other.send("SHUTDOWN", "NOSAVE")
        self.assertEqual(self.server.process.wait(10), 0)

    def test_sigterm_ends_a_script(self):
        self.begin("redis.call('set', KEYS[1], 'y') " + ENDLESS)
        self.server.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(10), 0)

    def test_functions_have_a_kill_of_their_own(self):
        connection = self.connect()
        connection.call("FUNCTION", "LOAD", LIBRARY)
        connection.send("FCALL", "endless", 0, "a")
        other = self.busy_connection()
        self.assertRegex(bytes(other.call("SCRIPT", "KILL")), b"^BUSY .*FUNCTION KILL")
        running = other.call("FUNCTION", "STATS")[1]
        self.assertEqual(running[:4], [b"name", b"endless", b"command", [b"FCALL", b"endless", b"0", b"a"]])
        self.assertEqual(bytes(other.call("FUNCTION", "KILL")), b"OK")
        self.assertRegex(bytes(connection.read()), b"^ERR Script killed by user with FUNCTION KILL")
        self.assertEqual(bytes(other.call("FUNCTION", "KILL")), b"NOTBUSY No scripts in execution right now.")

    def test_the_caller_goes_away_meanwhile(self):
        connection, other = self.begin(ENDLESS)
        connection.close()
        time.sleep(0.1)
        other.call("SCRIPT", "KILL")
        self.assert_serves(other)

    def test_many_others_come_and_go_meanwhile(self):
        connection, other = self.begin(CALLING)
        for _ in range(50):
            with self.server.connect() as one:
                one.send_raw(request("SET", "k", "v" * 1000) * 20 + request("AUTH", "x"))
                for _ in range(20):
                    self.assertRegex(bytes(one.read()), b"^BUSY ")
        other.call("SCRIPT", "KILL")
        self.assert_serves(other)
        self.assertEqual(bytes(connection.read())[:10], b"ERR Script")

    def test_gathered_commands_wait_for_the_script(self):
        """Many connections that are ready at once, with a script among them."""
        connections = [self.connect() for _ in range(20)]
        for _ in range(200):
            for connection in connections:
                connection.send("PING")
            for connection in connections:
                connection.read()
        for i, connection in enumerate(connections):
            connection.send("EVAL", ENDLESS, 0) if i == 5 else connection.send("INCR", "n")
        other = self.busy_connection()
        other.call("SCRIPT", "KILL")
        replies = [connection.read(timeout_s=10) for connection in connections]
        self.assertIsInstance(replies.pop(5), Error)
        for reply in replies:
            self.assertTrue(isinstance(reply, int) or bytes(reply).startswith(b"BUSY "), reply)

    def test_a_client_that_waits_is_served_after_the_script(self):
        waiting = self.connect()
        waiting.send("BLPOP", "list", 0)
        self.wait_until("it waits", lambda: self.info("clients")["blocked_clients"] == "1")
        self.connect().call("EVAL", "redis.call('rpush', 'list', 'a') redis.call('lpush', 'list', 'b')", 0)
        self.assertEqual(waiting.read(), [b"list", b"b"])

    def test_time_stands_still_in_a_script(self):
        with self.server.connect() as connection:
            times = connection.call(
                "EVAL", "local a = redis.call('time') for i = 1, 3e7 do end return {a, redis.call('time')}", 0)
            self.assertEqual(times[0], times[1])


class Memory(ServerCase):
    def test_evicted_scripts_are_counted_anew(self):
        connection = self.connect()
        for number in range(501):
            connection.call("EVAL", f"return {number}", 0)
        self.assertEqual(self.info("memory", "stats")["evicted_scripts"], "1")
        connection.call("CONFIG", "RESETSTAT")
        self.assertEqual(self.info("memory", "stats")["evicted_scripts"], "0")

    def test_info_tells_of_scripts_and_functions(self):
        connection = self.connect()
        for i in range(600):
            connection.call("EVAL", f"return {i}", 0)
        connection.call("SCRIPT", "LOAD", "return 'stays'")
        connection.call("FUNCTION", "LOAD", LIBRARY)
        memory = self.info("memory")
        self.assertEqual(memory["number_of_cached_scripts"], "501")
        self.assertEqual(memory["number_of_functions"], "1")
        self.assertEqual(memory["number_of_libraries"], "1")
        self.assertGreater(int(memory["used_memory_scripts_eval"]), 501 * 48)
        self.assertGreater(int(memory["used_memory_vm_eval"]), 10_000)
        self.assertEqual(self.info("stats")["evicted_scripts"], "100")
        connection.call("SCRIPT", "FLUSH")
        self.assertEqual(self.info("memory")["number_of_cached_scripts"], "0")


if __name__ == "__main__":
    unittest.main()
