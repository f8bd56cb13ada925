"""Who gets in: passwords, protected mode, and what clients send first."""

import socket
import subprocess
import unittest

from support.case import ServerCase, only_larder
from support.resp import Closed, Connection, Error, Map, Status, request


def other_address():
    """An address of this machine that is not the loopback's, or None."""
    found = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    return next((address for address in found if "." in address), None)


class Password(ServerCase):
    settings = {"requirepass": "s3cret"}

    def test_nothing_without_it(self):
        connection = self.connect()
        for command in (["GET", "a"], ["CONFIG", "GET", "*"], ["SHUTDOWN", "NOSAVE"], ["FLUSHALL"]):
            self.assertEqual(connection.call(*command), Error(b"NOAUTH Authentication required."))
        self.assertEqual(connection.call("AUTH", "s3cret"), Status(b"OK"))
        self.assertIsNone(connection.call("GET", "a"))

    def test_requests_of_strangers_are_short(self):
        connection = self.connect()
        connection.send_raw(b"*100\r\n")
        self.assertEqual(connection.read(), Error(b"ERR Protocol error: unauthenticated multibulk length"))
        connection = self.connect()
        connection.send_raw(b"*2\r\n$4\r\nAUTH\r\n$20000\r\n")
        self.assertEqual(connection.read(), Error(b"ERR Protocol error: unauthenticated bulk length"))

    def test_hello_with_auth_and_name(self):
        connection = self.connect()
        reply = connection.call("HELLO", "3", "AUTH", "default", "s3cret", "SETNAME", "me")
        self.assertIsInstance(reply, Map)
        self.assertEqual(connection.call("CLIENT", "GETNAME"), b"me")


class Handshakes(ServerCase):
    @only_larder
    def test_node_redis_6(self):
        connection = self.connect()
        replies = connection.call_all([
            ["HELLO", "3"], ["CLIENT", "SETINFO", "LIB-VER", "6.3.1"], ["CLIENT", "SETINFO", "LIB-NAME", "node-redis"],
            ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "external-ip"], ["GET", "a"]])
        self.assertEqual(dict(replies[0])[b"proto"], 3)
        self.assertEqual(replies[1:], [Status(b"OK")] * 3 + [None])
        self.assertEqual(self.info("stats")["total_error_replies"], "0")

    @only_larder
    def test_who_it_is(self):
        server = self.info("server")
        self.assertRegex(server["redis_version"], r"^7\.4\.\d+$")
        self.assertEqual(server["server_name"], "larder")
        self.assertRegex(server["larder_version"], r"^\d+\.\d+\.\d+$")

    def test_half_a_pipeline_with_a_switch_of_protocol(self):
        connection = self.connect()
        connection.send_raw(request("GET", "a") + request("HELLO", "3")[:10])
        self.assertIsNone(connection.read())
        connection.send_raw(request("HELLO", "3")[10:] + request("GET", "a"))
        self.assertEqual(dict(connection.read())[b"proto"], 3)
        self.assertIsNone(connection.read())


class ProtectedMode(ServerCase):
    def setUp(self):
        """Each test starts its own."""

    def reply_from_outside(self, **settings):
        address = other_address() or self.skipTest("this machine has only the loopback address")
        server = self.start(bind="*", **settings)
        with Connection((address, server.port), timeout_s=5) as connection:
            try:
                connection.send("PING")
                return connection.read()
            except Closed:
                return None

    def test_strangers_from_outside_are_told_why(self):
        self.assertRegex(bytes(self.reply_from_outside()), rb"^DENIED .* protected mode")

    def test_it_can_be_off(self):
        self.assertEqual(self.reply_from_outside(protected_mode="no"), Status(b"PONG"))

    def test_a_password_is_enough(self):
        self.assertEqual(self.reply_from_outside(requirepass="x"), Error(b"NOAUTH Authentication required."))

    def test_the_loopback_is_not_outside(self):
        server = self.start(bind="*")
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            connection.sendall(b"PING\r\n")
            self.assertEqual(connection.recv(100), b"+PONG\r\n")


if __name__ == "__main__":
    unittest.main()
