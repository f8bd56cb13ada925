"""A client of RESP2 and RESP3 that hides nothing: each kind of reply keeps its type and its exact bytes.

bulk string: bytes    integer: int    boolean: bool    null: None    array: list
"""

import dataclasses
import socket
import time


class Closed(Exception):
    """The server closed the connection."""


class Silence(Exception):
    """Nothing came within the time given."""


class Status(bytes):
    """A simple string."""


class Error(bytes):
    """An error reply; the client never raises it."""


class Double(bytes):
    """A double of RESP3, as the server printed it."""


class BigNumber(bytes):
    """A big number of RESP3."""


class NilArray:
    """The null array of RESP2, which is not its null bulk string."""

    def __eq__(self, other):
        return isinstance(other, NilArray)


@dataclasses.dataclass
class Verbatim:
    """A verbatim string of RESP3."""

    format: bytes
    text: bytes


class Map(list):
    """A map of RESP3: pairs in the order in which they came."""


class Set(list):
    """A set of RESP3."""


class Push(list):
    """A push message of RESP3."""


def as_bytes(argument):
    return argument if isinstance(argument, bytes) else str(argument).encode()


def request(*arguments):
    """A command as clients send it."""
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in map(as_bytes, arguments):
        parts.append(b"$%d\r\n%s\r\n" % (len(argument), argument))
    return b"".join(parts)


class Connection:
    """One connection, to a TCP port of this machine or to a Unix socket."""

    def __init__(self, address, timeout_s=10):
        self.timeout_s = timeout_s
        self.buffer = bytearray()
        self.deadline = None
        if isinstance(address, int):
            address = ("127.0.0.1", address)
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout_s)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def call(self, *arguments):
        self.send(*arguments)
        return self.read()

    def call_all(self, commands):
        """The replies to a pipeline."""
        self.send_raw(b"".join(request(*command) for command in commands))
        return [self.read() for _ in commands]

    def send(self, *arguments):
        self.send_raw(request(*arguments))

    def send_raw(self, data):
        try:
            self.socket.settimeout(self.timeout_s)
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed() from error

    def read(self, timeout_s=None):
        """The next reply. Raises Silence and keeps what came so far if it is not there in time."""
        self.deadline = time.monotonic() + (self.timeout_s if timeout_s is None else timeout_s)
        while True:
            try:
                value, end = self._value(0)
            except _Incomplete:
                self._receive()
                continue
            del self.buffer[:end]
            return value

    def _receive(self):
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise Silence()
        self.socket.settimeout(left_s)
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout as error:
            raise Silence() from error
        except ConnectionResetError as error:
            raise Closed() from error
        if not data:
            raise Closed()
        self.buffer += data

    def _line(self, at):
        end = self.buffer.find(b"\r\n", at)
        if end < 0:
            raise _Incomplete()
        return bytes(self.buffer[at:end]), end + 2

    def _bulk(self, size, at):
        if len(self.buffer) < at + size + 2:
            raise _Incomplete()
        if self.buffer[at + size:at + size + 2] != b"\r\n":
            raise ValueError(f"a string of {size} bytes does not end in CRLF")
        return bytes(self.buffer[at:at + size]), at + size + 2

    def _items(self, count, at):
        items = []
        for _ in range(count):
            item, at = self._value(at)
            items.append(item)
        return items, at

    def _value(self, at):
        line, at = self._line(at)
        kind, rest = line[:1], line[1:]
        if kind in _SIMPLE:
            return _SIMPLE[kind](rest), at
        if kind not in _SIZED:
            raise ValueError(f"not a reply: {line[:80]!r}")
        size = int(rest)
        if size < 0:
            return (None if kind == b"$" else NilArray()), at
        if kind == b"$":
            return self._bulk(size, at)
        if kind == b"=":
            text, at = self._bulk(size, at)
            return Verbatim(text[:3], text[4:]), at
        if kind == b"%":
            items, at = self._items(size * 2, at)
            return Map(zip(items[::2], items[1::2])), at
        items, at = self._items(size, at)
        return _SIZED[kind](items), at


class _Incomplete(Exception):
    pass


_SIMPLE = {
    b"+": Status, b"-": Error, b":": int, b",": Double, b"(": BigNumber,
    b"_": lambda _: None, b"#": lambda text: text == b"t",
}
_SIZED = {b"$": bytes, b"=": bytes, b"*": list, b"%": Map, b"~": Set, b">": Push}
