"""Channels with many subscribers, and one that does not read."""

import select
import socket
import time
import unittest

from support.case import ServerCase, allow_open_files
from support.resp import Closed, request

SUBSCRIBERS = 10_000
MB = 1 << 20


def encoded_push(*parts):
    """What a RESP2 subscriber is sent: an array of strings and integers."""
    encoded = [b"*%d\r\n" % len(parts)]
    for part in parts:
        encoded.append(b":%d\r\n" % part if isinstance(part, int) else b"$%d\r\n%s\r\n" % (len(part), part))
    return b"".join(encoded)


class Crowd:
    """Many plain sockets that are sent the same bytes."""

    def __init__(self, address, count):
        self.sockets = []
        try:
            for _ in range(count):
                self.sockets.append(socket.create_connection(address, timeout=20))
        except BaseException:
            self.close()
            raise

    def send(self, data):
        for one in self.sockets:
            one.sendall(data)

    def expect(self, data, timeout_s):
        """Returns how many were sent something other than `data`, or not all of it in time."""
        by_fd = {one.fileno(): one for one in self.sockets}
        missing = {fd: data for fd in by_fd}
        poller = select.epoll()
        for fd in by_fd:
            poller.register(fd, select.EPOLLIN)
        wrong = 0
        deadline = time.monotonic() + timeout_s
        while missing and time.monotonic() < deadline:
            for fd, _ in poller.poll(0.1, 1000):
                got = by_fd[fd].recv(len(missing[fd]))
                if got and missing[fd].startswith(got):
                    missing[fd] = missing[fd][len(got):]
                else:
                    wrong += 1
                    missing[fd] = b""
                if not missing[fd]:
                    del missing[fd]
                    poller.unregister(fd)
        poller.close()
        return wrong + len(missing)

    def close(self):
        for one in self.sockets:
            one.close()


class ManySubscribers(ServerCase):
    def test_ten_thousand_of_one_channel(self):
        allow_open_files(SUBSCRIBERS + 500)
        server = self.start(maxclients=SUBSCRIBERS + 100)
        crowd = Crowd(("127.0.0.1", server.port), SUBSCRIBERS)
        self.addCleanup(crowd.close)
        crowd.send(request("SUBSCRIBE", "news"))
        self.assertEqual(crowd.expect(encoded_push(b"subscribe", b"news", 1), timeout_s=30), 0)
        publisher = server.connect()
        self.addCleanup(publisher.close)
        self.assertEqual(publisher.call("PUBSUB", "NUMSUB", "news"), [b"news", SUBSCRIBERS])
        for i in range(3):
            text = b"message %d" % i
            self.assertEqual(publisher.call("PUBLISH", "news", text), SUBSCRIBERS)
            self.assertEqual(crowd.expect(encoded_push(b"message", b"news", text), timeout_s=30), 0)
        crowd.close()
        self.wait_until("all have left", lambda: publisher.call("PUBLISH", "news", "x") == 0)


class ManyMessagesAtOnce(ServerCase):
    def test_each_subscriber_has_its_own_in_order(self):
        subscribers = [self.connect() for _ in range(4)]
        for one in subscribers[2:]:
            one.call("HELLO", "3")
        for number, one in enumerate(subscribers):
            one.call("SUBSCRIBE", "all")
            if number % 2:
                one.call("SUBSCRIBE", "some")
        messages = [(b"some" if i % 3 else b"all", b"%d:" % i + b"x" * (i * 7 % 3000)) for i in range(600)]
        publisher = self.connect()
        publisher.call_all([["PUBLISH", *message] for message in messages])
        for number, one in enumerate(subscribers):
            one.send("PING")
            for channel, text in messages:
                if number % 2 or channel == b"all":
                    self.assertEqual(list(one.read()), [b"message", channel, text])
            self.assertIn(one.read(), (b"PONG", [b"pong", b""]))

    def test_many_are_sent_theirs_between_the_commands_of_others(self):
        """Some leave meanwhile; some of what is published is more than is kept once for all."""
        subscribers = [self.connect() for _ in range(300)]
        for number, one in enumerate(subscribers):
            if number % 3 == 0:
                one.call("HELLO", "3")
            one.call("SUBSCRIBE", "all")
            if number % 2:
                one.call("SUBSCRIBE", "some")
        publisher, other = self.connect(), self.connect()
        messages = [(b"some" if i % 4 == 0 else b"all", b"%d:" % i + b"x" * (i * 31 % 500)) for i in range(2000)]
        leaving = subscribers[::10]
        for count, message in enumerate(messages):
            publisher.call("PUBLISH", *message)
            if count % 50 == 0 and leaving:
                leaving.pop().close()
            if count % 100 == 0:
                self.assertEqual(other.call("PING"), b"PONG")
        staying = [pair for pair in enumerate(subscribers) if pair[0] % 10]
        for number, one in staying:
            one.send("PING")
            expected = [[b"message", *message] for message in messages if number % 2 or message[0] == b"all"]
            self.assertEqual([list(one.read()) for _ in expected], expected)
            self.assertIn(one.read(), (b"PONG", [b"pong", b""]))
        self.wait_until("only those are left", lambda: publisher.call("PUBLISH", "all", "x") == len(staying))

    def test_a_subscriber_that_publishes_has_the_reply_and_the_message(self):
        one, other = self.connect(), self.connect()
        for each in (one, other):
            each.call("HELLO", "3")
            each.call("SUBSCRIBE", "c")
        for i in range(50):
            one.send("PUBLISH", "c", f"first {i}")
            one.send("PUBLISH", "c", f"second {i}")
        for i in range(50):
            for text in (f"first {i}", f"second {i}"):
                replies = [one.read(), one.read()]
                self.assertIn(2, replies)
                self.assertIn([b"message", b"c", text.encode()], [list(r) for r in replies if r != 2])
                self.assertEqual(list(other.read()), [b"message", b"c", text.encode()])


class SlowSubscriber(ServerCase):
    settings = {"client-output-buffer-limit": "pubsub 1mb 0 0"}

    def test_is_dropped_and_delays_nobody(self):
        sleeper = self.connect()
        sleeper.call("SUBSCRIBE", "c")
        reader = self.connect()
        reader.call("SUBSCRIBE", "c")
        publisher = self.connect()
        message = b"x" * 20_000
        longest_s = 0
        receivers = []
        for _ in range(2000):  # far beyond what sockets hold
            begin = time.monotonic()
            receivers.append(publisher.call("PUBLISH", "c", message))
            self.assertEqual(reader.read(), [b"message", b"c", message])
            longest_s = max(longest_s, time.monotonic() - begin)
        self.assertEqual(receivers[0], 2)
        self.assertEqual(receivers[-1], 1)
        self.assertEqual(receivers, sorted(receivers, reverse=True))
        self.assertLess(longest_s, 1)
        info = self.info()
        self.assertEqual(info["client_output_buffer_limit_disconnections"], "1")
        self.assertLess(int(info["used_memory_peak"]), 20 * MB)


class SlowMonitor(ServerCase):
    settings = {"client-output-buffer-limit": "normal 1mb 0 0"}

    def test_is_dropped_and_delays_nobody(self):
        sleeper = self.connect()
        sleeper.call("MONITOR")
        writer = self.connect()
        for _ in range(2000):
            writer.call("SET", "k", b"x" * 20_000)
        self.assertEqual(self.info()["client_output_buffer_limit_disconnections"], "1")
        self.assertNotIn("flags=O", writer.call("CLIENT", "LIST").decode())


class IdleMonitor(ServerCase):
    settings = {"timeout": 1}

    def test_is_not_closed(self):
        monitor = self.connect()
        monitor.call("MONITOR")
        idle = self.connect()
        idle.call("PING")
        self.assertTrue(monitor.read().endswith(b'"PING"'))
        with self.assertRaises(Closed):
            idle.read(timeout_s=10)
        self.connect().call("SET", "k", "v")
        self.assertTrue(monitor.read().endswith(b'"SET" "k" "v"'))


if __name__ == "__main__":
    unittest.main()
