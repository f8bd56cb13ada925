"""Ports, addresses, Unix sockets, and many connections."""

import os
import shlex
import socket
import stat
import subprocess
import time
import unittest

from support.case import ServerCase, allow_open_files, only_larder
from support.resp import Closed, Connection, Error, Status
from support.servers import LARDER, Server, StartFailed


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class Connections(ServerCase):
    settings = {"maxclients": 5000}

    def test_thousands_at_once(self):
        allow_open_files(8000)
        connections = [self.connect() for _ in range(3000)]
        for connection in connections:
            connection.send("PING")
        for connection in connections:
            self.assertEqual(connection.read(), Status(b"PONG"))
        self.assertEqual(self.info("clients")["connected_clients"], "3001")
        for connection in connections:
            connection.close()
        self.wait_until("connections are gone", lambda: self.info("clients")["connected_clients"] == "1")

    def test_closing_in_the_middle_of_a_request(self):
        for part in (b"*", b"*2\r\n", b"*2\r\n$3\r\nGET\r\n$100\r\nabc", b"GET"):
            connection = self.connect()
            connection.send_raw(part)
            connection.close()
        self.assertEqual(self.connect().call("PING"), Status(b"PONG"))

    def test_half_closed_connections_get_their_replies(self):
        connection = self.connect()
        connection.send("SET", "a", "x" * 1000)
        connection.send("GET", "a")
        connection.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(connection.read(), Status(b"OK"))
        self.assertEqual(connection.read(), b"x" * 1000)

    def test_a_request_byte_by_byte(self):
        connection = self.connect()
        for byte in b"*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n":
            connection.send_raw(bytes([byte]))
            time.sleep(0.001)
        self.assertEqual(connection.read(), b"hello")

    def test_a_hundred_thousand_commands_in_one_pipeline(self):
        connection = self.connect(timeout_s=60)
        replies = connection.call_all([["INCR", "n"]] * 20000)
        self.assertEqual(replies[-1], 20000)

    def test_large_strings(self):
        connection = self.connect(timeout_s=60)
        value = os.urandom(1 << 20) * 30
        self.assertEqual(connection.call("SET", "big", value), Status(b"OK"))
        self.assertEqual(connection.call("GET", "big"), value)
        self.assertEqual(connection.call("STRLEN", "big"), len(value))


class Maxclients(ServerCase):
    settings = {"maxclients": 10}

    def setUp(self):
        super().setUp()
        self.wait_until("the start's probe is gone", lambda: self.info("clients")["connected_clients"] == "1")

    def test_one_too_many_is_told_and_closed(self):
        allow_open_files(2000)
        kept = [self.connect() for _ in range(10)]
        for connection in kept:
            connection.call("PING")
        extra = self.connect()
        self.assertEqual(extra.read(), Error(b"ERR max number of clients reached"))
        with self.assertRaises(Closed):
            extra.read()
        kept.pop().close()
        self.wait_until("there is room again", self.is_admitted)
        kept.pop().close()
        self.assertGreaterEqual(int(self.info("stats")["rejected_connections"]), 1)

    def is_admitted(self):
        try:
            with self.server.connect() as connection:
                return connection.call("PING") == Status(b"PONG")
        except (Closed, OSError):
            return False

    def test_it_changes_at_run_time(self):
        connection = self.connect()
        self.assertEqual(connection.call("CONFIG", "SET", "maxclients", "2"), Status(b"OK"))
        second = self.connect()
        self.assertEqual(second.call("PING"), Status(b"PONG"))
        self.assertEqual(self.connect().read(), Error(b"ERR max number of clients reached"))


class Timeout(ServerCase):
    settings = {"timeout": 1}

    def test_idle_connections_are_closed_and_busy_ones_are_not(self):
        idle, busy = self.connect(), self.connect()
        idle.call("PING")
        started = time.monotonic()
        for _ in range(25):
            busy.call("PING")
            time.sleep(0.1)
        with self.assertRaises(Closed):
            idle.read(timeout_s=5)
        self.assertEqual(busy.call("PING"), Status(b"PONG"))
        self.assertLess(time.monotonic() - started, 15)


class UnixSockets(ServerCase):
    def setUp(self):
        """Each test starts its own."""

    def test_a_path_with_permissions(self):
        server = self.start(unixsocket="s.sock", unixsocketperm="700")
        path = server.folder / "s.sock"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o700)
        with Connection(str(path)) as connection:
            self.assertEqual(connection.call("SET", "a", "1"), Status(b"OK"))
        with server.connect() as connection:
            self.assertEqual(connection.call("GET", "a"), b"1")
        server.stop()
        self.assertFalse(path.exists(), "the socket stays behind")

    def test_a_path_left_behind_is_replaced(self):
        server = self.start(unixsocket="s.sock")
        server.process.kill()
        server.process.wait()
        self.assertTrue((server.folder / "s.sock").exists())
        server.start()
        with Connection(str(server.folder / "s.sock")) as connection:
            self.assertEqual(connection.call("PING"), Status(b"PONG"))

    @only_larder
    def test_a_path_in_use_is_left_alone(self):
        server = self.start(unixsocket="s.sock")
        path = str(server.folder / "s.sock")
        with self.assertRaises(StartFailed) as failed:
            Server(LARDER, unixsocket=path)
        self.assertIn(f"Failed opening Unix socket {path}: Address already in use", str(failed.exception))
        with Connection(path) as connection:
            self.assertEqual(connection.call("PING"), Status(b"PONG"))

    @only_larder
    def test_an_abstract_name(self):
        server = self.start(unixsocket=f"@larder-test-{os.getpid()}")
        with Connection(f"\0larder-test-{os.getpid()}") as connection:
            self.assertEqual(connection.call("PING"), Status(b"PONG"))
        self.assertEqual(list(server.folder.glob("@*")), [])

    def test_client_list_shows_the_path(self):
        server = self.start(unixsocket="s.sock")
        with Connection(str(server.folder / "s.sock")) as connection:
            self.assertRegex(connection.call("CLIENT", "INFO").decode(), r" addr=\S*s\.sock:0 .* flags=U ")


class Addresses(ServerCase):
    def setUp(self):
        """Each test starts its own."""

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6")
    def test_several(self):
        server = self.start(bind=["127.0.0.1", "::1"])
        for address in (("127.0.0.1", server.port), ("::1", server.port)):
            with socket.create_connection(address, 5) as connection:
                connection.sendall(b"PING\r\n")
                self.assertEqual(connection.recv(100), b"+PONG\r\n")

    def test_an_optional_one_that_is_not_there(self):
        server = self.start(bind=["127.0.0.1", "-192.0.2.1"])
        with server.connect() as connection:
            self.assertEqual(connection.call("PING"), Status(b"PONG"))

    def test_a_needed_one_that_is_not_there(self):
        with self.assertRaisesRegex(StartFailed, "192.0.2.1"):
            Server(LARDER, bind=["127.0.0.1", "192.0.2.1"])

    def test_none_at_all(self):
        run = subprocess.run([*shlex.split(LARDER), "--port", "0"], capture_output=True, text=True, timeout=20)
        self.assertEqual(run.returncode, 1)
        self.assertIn("Configured to not listen anywhere, exiting.", run.stdout)

    def test_a_port_in_use(self):
        server = self.start()
        with self.assertRaises(StartFailed) as failed:
            Server(LARDER, port=server.port)
        self.assertIn("ended with 1", str(failed.exception))
        self.assertIn(f"Failed listening on port {server.port}", str(failed.exception))
        self.assertIn("Address already in use", str(failed.exception))


if __name__ == "__main__":
    unittest.main()
