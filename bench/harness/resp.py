"""A RESP2 client of a few lines: enough to prepare a server and to ask how it is."""

import socket


class ReplyError(Exception):
    """An error reply; its text opens with the code."""


class Client:
    def __init__(self, unix_path, timeout_s=60):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(unix_path)
        except OSError:
            self._socket.close()
            raise
        self._replies = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._replies.close()
        self._socket.close()

    def call(self, *arguments):
        self.send(*arguments)
        return self._read()

    def send(self, *arguments):
        """For what is not answered, or later."""
        self._socket.sendall(self._encoded(arguments))

    @staticmethod
    def _encoded(arguments):
        parts = [b"*%d\r\n" % len(arguments)]
        for argument in arguments:
            data = argument if isinstance(argument, bytes) else str(argument).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        return b"".join(parts)

    def call_many(self, commands):
        """Sends all commands at once and returns their replies: for no more than the sockets' buffers hold."""
        self._socket.sendall(b"".join(self._encoded(command) for command in commands))
        return [self._read() for _ in commands]

    def info(self, section):
        """The section's fields as a dict of texts."""
        lines = self.call("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def _read(self):
        line = self._replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        mark, text = line[:1], line[1:-2]
        if mark == b"+":
            return text
        if mark == b"-":
            raise ReplyError(text.decode(errors="replace"))
        if mark == b":":
            return int(text)
        if mark == b"$":
            return None if text == b"-1" else self._replies.read(int(text) + 2)[:-2]
        if mark == b"*":
            return None if text == b"-1" else [self._read() for _ in range(int(text))]
        raise ConnectionError(f"not a RESP2 reply: {line!r}")
