"""What a client may cost: buffers, lengths, and bytes that were only announced."""

import random
import unittest

from support.case import ServerCase, allow_open_files, only_larder
from support.resp import Closed, Error, Silence, Status

MB = 1 << 20


class QueryBuffers(ServerCase):
    settings = {"client-query-buffer-limit": "1mb", "proto-max-bulk-len": "5mb"}

    def test_a_request_beyond_the_limit_ends_the_connection(self):
        connection = self.connect()
        with self.assertRaises(Closed):
            connection.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4000000\r\n" + b"x" * 3900000)
            connection.read(timeout_s=5)
        self.assertIn("query buffer", self.server.log())
        self.assertEqual(self.connect().call("PING"), Status(b"PONG"))

    def test_a_string_beyond_the_limit_is_refused_before_it_comes(self):
        connection = self.connect()
        connection.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5242881\r\n")
        self.assertEqual(connection.read(), Error(b"ERR Protocol error: invalid bulk length"))


class Announcements(ServerCase):
    @only_larder
    def test_only_what_comes_is_allocated(self):
        before = int(self.info("memory")["used_memory"])
        for _ in range(20):
            self.connect().send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870912\r\nabc")
            self.connect().send_raw(b"*1000000\r\n$536870912\r\n")
            self.connect().send_raw(b"*1048576\r\n$4\r\n")
        grown = int(self.info("memory")["used_memory"]) - before
        self.assertLess(grown, 60 * MB)
        self.assertEqual(self.connect().call("PING"), Status(b"PONG"))


class OutputBuffers(ServerCase):
    settings = {"client-output-buffer-limit": "normal 2mb 0 0"}

    def test_a_client_that_does_not_read_is_closed(self):
        with self.server.connect() as writer:
            writer.call("SET", "a", "x" * 100000)
        sleeper = self.connect()
        try:
            for _ in range(1000):
                sleeper.send("GET", "a")
        except Closed:
            pass
        self.wait_until("the sleeper is closed", lambda: self.info("clients")["connected_clients"] == "1")
        self.assertEqual(self.connect().call("PING"), Status(b"PONG"))


class SmallOutputBuffers(ServerCase):
    settings = {"client-output-buffer-limit": "normal 100000 0 0"}

    def setUp(self):
        super().setUp()
        with self.server.connect() as writer:
            writer.call("SET", "a", "x" * 10_000)
            writer.call_all([("RPUSH", "list", "x" * 1000)] * 150)

    def test_all_replies_of_a_pipeline_count(self):
        connection = self.connect()
        connection.send_raw(b"GET a\r\n" * 15)
        with self.assertRaises(Closed):
            connection.read(timeout_s=10)
        other = self.connect()
        for _ in range(3):
            self.assertEqual(len(other.call_all([("GET", "a")] * 9)), 9)

    @only_larder
    def test_what_a_client_was_closed_for_is_given_back(self):
        control = self.connect()
        control.call("LLEN", "list")
        before = int(self.info("memory")["used_memory"])
        connection = self.connect()
        connection.send("LRANGE", "list", 0, -1)
        with self.assertRaises(Closed):
            connection.read(timeout_s=10)
        self.assertLess(int(self.info("memory")["used_memory"]), before + 50_000)


class MemoryOfClients(ServerCase):
    settings = {"maxmemory-clients": "4mb"}

    def setUp(self):
        super().setUp()
        self.control = self.connect()
        self.control.call("CLIENT", "NO-EVICT", "ON")

    def hoarder(self, name, size, no_evict=False):
        """A client that has sent a part of a request, and the server keeps it."""
        connection = self.connect()
        connection.call("CLIENT", "SETNAME", name)
        if no_evict:
            connection.call("CLIENT", "NO-EVICT", "ON")
        connection.send_raw(b"*2\r\n$%d\r\n" % (8 * MB) + b"v" * size)
        return connection

    def names(self):
        lines = self.control.call("CLIENT", "LIST").decode().splitlines()
        return {field[5:] for line in lines for field in line.split() if field.startswith("name=")} - {""}

    @only_larder
    def test_the_largest_are_closed(self):
        for name, size in (("small", MB // 2), ("middle", MB), ("large", 3 * MB)):
            self.hoarder(name, size)
        self.wait_until("the largest is closed", lambda: self.names() == {"small", "middle"})
        self.assertEqual(self.info("stats")["evicted_clients"], "1")
        self.assertIn("Evicting client", self.server.log())
        self.control.call("CONFIG", "SET", "maxmemory-clients", "1mb")
        self.wait_until("the next one is closed", lambda: self.names() == {"small"})

    def test_what_is_missing_of_a_request_is_told_without_its_length(self):
        connection = self.connect()
        connection.call("CLIENT", "SETNAME", "unfinished")
        connection.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n" + b"v" * 70_000)

        def shown():
            lines = self.control.call("CLIENT", "LIST").decode().splitlines()
            return " ".join(line for line in lines if " name=unfinished " in line)
        self.wait_until("the bytes of the argument alone count", lambda: " qbuf=70000 " in shown())

    @only_larder
    def test_who_asks_for_it_is_spared(self):
        self.hoarder("other", MB)
        self.hoarder("spared", 5 * MB, no_evict=True)
        self.wait_until("the other is closed", lambda: self.names() == {"spared"})


class SlowReaders(ServerCase):
    def test_others_are_served_meanwhile(self):
        with self.server.connect() as writer:
            writer.call("SET", "a", "x" * MB)
        sleeper = self.connect(timeout_s=60)
        for _ in range(30):
            sleeper.send("GET", "a")
        other = self.connect()
        for _ in range(1000):
            self.assertEqual(other.call("PING"), Status(b"PONG"))
        for _ in range(30):
            self.assertEqual(len(sleeper.read()), MB)


class Garbage(ServerCase):
    def test_bytes_at_random_never_end_the_server(self):
        allow_open_files(2000)
        draw = random.Random(7)
        for _ in range(300):
            connection = self.connect(timeout_s=2)
            kind = draw.randrange(3)
            if kind == 0:
                data = draw.randbytes(draw.randrange(1, 3000))
            elif kind == 1:
                data = b"".join(draw.choice([b"*", b"$", b"\r\n", b"-1", b"3", b"GET", b"\0", b"9" * 30, b'"'])
                                for _ in range(draw.randrange(1, 60)))
            else:
                data = bytearray(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nhello\r\n" * 3)
                data[draw.randrange(len(data))] = draw.randrange(256)
            try:
                connection.send_raw(bytes(data))
                while True:
                    connection.read(timeout_s=0.002)
            except (Closed, Silence):
                pass
            connection.close()
        self.assertEqual(self.connect().call("PING"), Status(b"PONG"))


if __name__ == "__main__":
    unittest.main()
