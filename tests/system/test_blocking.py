"""Clients that wait for lists: who is served first, what wakes them, and what becomes of those who leave."""

import time
import unittest

from support.case import ServerCase, only_larder
from support.resp import Error, NilArray, Silence, Status

UNBLOCKED = Error(b"UNBLOCKED client unblocked via CLIENT UNBLOCK")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")


class BlockingCase(ServerCase):
    def setUp(self):
        super().setUp()
        self.other = self.connect()

    def waiting(self, *command):
        """A connection that waits by that command."""
        connection = self.connect()
        before = self.blocked()
        connection.send(*command)
        self.wait_until("the client waits", lambda: self.blocked() == before + 1)
        return connection

    def blocked(self):
        text = self.other.call("INFO", "clients").decode()
        return int(dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)["blocked_clients"])

    def assert_waits(self, connection):
        with self.assertRaises(Silence):
            connection.read(timeout_s=0.05)


class Order(BlockingCase):
    def test_first_come_first_served(self):
        waiting = [self.waiting("BLPOP", "l", 0) for _ in range(5)]
        self.other.call("RPUSH", "l", *range(3))
        for number, connection in enumerate(waiting[:3]):
            self.assertEqual(connection.read(), [b"l", b"%d" % number])
        for connection in waiting[3:]:
            self.assert_waits(connection)
        self.other.call("RPUSH", "l", "x")
        self.assertEqual(waiting[3].read(), [b"l", b"x"])
        self.assert_waits(waiting[4])

    def test_whoever_waits_for_several_keys_is_served_by_any(self):
        both = self.waiting("BLPOP", "a", "b", 0)
        one = self.waiting("BLPOP", "b", 0)
        self.other.call("RPUSH", "b", 1)
        self.assertEqual(both.read(), [b"b", b"1"])
        self.other.call("RPUSH", "a", 2)
        self.assert_waits(one)
        self.other.call("RPUSH", "b", 3)
        self.assertEqual(one.read(), [b"b", b"3"])
        self.assertEqual(self.other.call("LLEN", "a"), 1)

    @only_larder  # and servers newer than 7.0
    def test_the_first_key_named_counts_where_several_came_at_once(self):
        connection = self.waiting("BLPOP", "a", "b", 0)
        for command in ("MULTI",), ("RPUSH", "b", 1), ("RPUSH", "a", 2), ("EXEC",):
            self.other.call(*command)
        self.assertEqual(connection.read(), [b"a", b"2"])

    def test_different_commands_share_a_queue(self):
        pops = self.waiting("BRPOP", "l", 0)
        moves = self.waiting("BLMOVE", "l", "m", "LEFT", "RIGHT", 0)
        many = self.waiting("BLMPOP", 0, 1, "l", "LEFT", "COUNT", 10)
        self.other.call("RPUSH", "l", 1, 2, 3, 4)
        self.assertEqual(pops.read(), [b"l", b"4"])
        self.assertEqual(moves.read(), b"1")
        self.assertEqual(many.read(), [b"l", [b"2", b"3"]])

    def test_a_chain_of_moves_runs_through(self):
        chain = [self.waiting("BLMOVE", f"l{i}", f"l{i + 1}", "LEFT", "RIGHT", 0) for i in range(20)]
        self.other.call("RPUSH", "l0", "x")
        for connection in chain:
            self.assertEqual(connection.read(), b"x")
        self.assertEqual(self.other.call("LRANGE", "l20", 0, -1), [b"x"])

    def test_what_the_client_sent_behind_waits_too(self):
        connection = self.waiting("BLPOP", "l", 0)
        connection.send("PING")
        self.assert_waits(connection)
        self.other.call("RPUSH", "l", 1)
        self.assertEqual(connection.read(), [b"l", b"1"])
        self.assertEqual(connection.read(), Status(b"PONG"))


class Timeouts(BlockingCase):
    @only_larder  # Redis looks at its timeouts a few times a second
    def test_fractions_of_a_second(self):
        connection = self.connect()
        for timeout_s in 0.01, 0.05, 0.1, 0.25:
            with self.subTest(timeout_s=timeout_s):
                best_s = 1.0  # of a few: the machine may be busy
                for _ in range(5):
                    start = time.monotonic()
                    self.assertEqual(connection.call("BLPOP", "l", timeout_s), NilArray())
                    took_s = time.monotonic() - start
                    self.assertGreaterEqual(took_s, timeout_s - 0.001)
                    best_s = min(best_s, took_s - timeout_s)
                self.assertLess(best_s, 0.01)

    def test_a_millisecond_is_not_for_ever(self):
        connection = self.connect()
        for _ in range(20):
            self.assertEqual(connection.call("BLPOP", "l", 0.001), NilArray())
        self.assertEqual(self.blocked(), 0)

    def test_a_later_client_may_be_due_earlier(self):
        late = self.waiting("BLPOP", "l", 0.6)
        soon = self.waiting("BLPOP", "l", 0.1)
        self.assertEqual(soon.read(timeout_s=0.4), NilArray())
        self.assertEqual(late.read(), NilArray())

    def test_a_change_that_serves_nobody_does_not_prolong_the_wait(self):
        start = time.monotonic()
        connection = self.waiting("BLMPOP", 0.3, 1, "l", "LEFT")
        while time.monotonic() - start < 0.25:
            self.other.call("SET", "l", 1)
            self.other.call("DEL", "l")
            time.sleep(0.02)
        self.assertEqual(connection.read(timeout_s=2), NilArray())
        self.assertLess(time.monotonic() - start, 0.5)


class Unblocking(BlockingCase):
    def waiting_with_id(self, *command):
        connection = self.connect()
        client = connection.call("CLIENT", "ID")
        connection.send(*command)
        self.wait_until("the client waits", lambda: self.blocked() == 1)
        return connection, client

    def test_as_after_the_timeout(self):
        connection, client = self.waiting_with_id("BLPOP", "l", 0)
        self.assertEqual(self.other.call("CLIENT", "UNBLOCK", client), 1)
        self.assertEqual(connection.read(), NilArray())
        self.assertEqual(self.other.call("CLIENT", "UNBLOCK", client, "TIMEOUT"), 0)

    def test_with_an_error(self):
        connection, client = self.waiting_with_id("BLMOVE", "a", "b", "LEFT", "LEFT", 0)
        self.assertEqual(self.other.call("CLIENT", "UNBLOCK", client, "ERROR"), 1)
        self.assertEqual(connection.read(), UNBLOCKED)
        self.other.call("RPUSH", "a", "x")
        self.assertEqual(self.other.call("LLEN", "a"), 1)
        self.assertEqual(connection.call("PING"), Status(b"PONG"))


class Leaving(BlockingCase):
    def test_an_element_is_not_lost_on_those_who_left(self):
        gone = self.waiting("BLPOP", "l", 0)
        stays = self.waiting("BLPOP", "l", 0)
        gone.close()
        self.wait_until("the client is gone", lambda: self.blocked() == 1)
        self.other.call("RPUSH", "l", "x")
        self.assertEqual(stays.read(), [b"l", b"x"])

    def test_killed_while_waiting(self):
        connection = self.connect()
        client = connection.call("CLIENT", "ID")
        connection.send("BLPOP", "l", 0)
        self.wait_until("the client waits", lambda: self.blocked() == 1)
        self.assertEqual(self.other.call("CLIENT", "KILL", "ID", client), 1)
        self.wait_until("the client is gone", lambda: self.blocked() == 0)
        self.other.call("RPUSH", "l", "x")
        self.assertEqual(self.other.call("LLEN", "l"), 1)


class Waking(BlockingCase):
    """Each way in which a list can come to be under a name."""

    def setUp(self):
        super().setUp()
        self.client = self.waiting("BLPOP", "l", 0)

    def assert_served(self, element=b"x"):
        self.assertEqual(self.client.read(), [b"l", element])
        self.assertEqual(self.blocked(), 0)

    def test_other_types_do_not(self):
        for command in ("SET", "l", "v"), ("SADD", "l2", "v"), ("RENAME", "l2", "l"), ("DEL", "l"):
            self.other.call(*command)
        self.assert_waits(self.client)
        self.other.call("RPUSH", "l", "x")
        self.assert_served()

    def test_rename(self):
        self.other.call("RPUSH", "m", "x")
        self.other.call("RENAME", "m", "l")
        self.assert_served()

    def test_copy(self):
        self.other.call("RPUSH", "m", "x")
        self.other.call("COPY", "m", "l")
        self.assert_served()

    def test_sort_store(self):
        self.other.call("SADD", "s", "x")
        self.other.call("SORT", "s", "ALPHA", "STORE", "l")
        self.assert_served()

    def test_swapdb(self):
        self.other.call("SELECT", 1)
        self.other.call("RPUSH", "l", "x")
        self.assert_waits(self.client)
        self.other.call("SWAPDB", 0, 1)
        self.assert_served()

    def test_move(self):
        self.other.call("SELECT", 1)
        self.other.call("RPUSH", "l", "x")
        self.other.call("MOVE", "l", 0)
        self.assert_served()

    def test_restore(self):
        self.other.call("RPUSH", "m", "x")
        payload = self.other.call("DUMP", "m")
        self.other.call("RESTORE", "l", 0, payload)
        self.assert_served()

    def test_lmove(self):
        self.other.call("RPUSH", "m", "x")
        self.other.call("LMOVE", "m", "l", "LEFT", "LEFT")
        self.assert_served()

    def test_exec_with_the_last_state_only(self):
        for command in ("MULTI",), ("RPUSH", "l", "a"), ("DEL", "l"), ("RPUSH", "l", "x"), ("EXEC",):
            self.other.call(*command)
        self.assert_served()

    def test_exec_that_takes_it_back(self):
        for command in ("MULTI",), ("RPUSH", "l", "a"), ("DEL", "l"), ("EXEC",):
            self.other.call(*command)
        self.assert_waits(self.client)

    @only_larder
    def test_lmovem(self):
        self.other.call("RPUSH", "m", "x")
        self.other.call("LMOVEM", "m", "l", "LEFT", "LEFT", "COUNT", 3, "BULK")
        self.assert_served()


class WrongTypes(BlockingCase):
    def test_of_a_target_only_once_there_is_something(self):
        self.other.call("SET", "s", "v")
        moves = self.waiting("BLMOVE", "l", "s", "LEFT", "LEFT", 0)
        pops = self.waiting("BLPOP", "l", 0)
        self.other.call("RPUSH", "l", "x")
        self.assertEqual(moves.read(), WRONG_TYPE)
        self.assertEqual(pops.read(), [b"l", b"x"])

    def test_of_another_key_meanwhile(self):
        connection = self.waiting("BLPOP", "a", "b", 0)
        self.other.call("SET", "a", "v")
        self.assert_waits(connection)


class Transactions(BlockingCase):
    def test_nobody_waits_inside(self):
        connection = self.connect()
        connection.call("MULTI")
        connection.call("BLPOP", "l", 0)
        connection.call("BLMOVE", "a", "b", "LEFT", "LEFT", 0)
        connection.call("BLMPOP", 0, 1, "l", "LEFT")
        self.assertEqual(connection.call("EXEC"), [NilArray(), None, NilArray()])


if __name__ == "__main__":
    unittest.main()
