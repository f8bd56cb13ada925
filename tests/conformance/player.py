"""Plays a case against a server, comparing replies with the transcript or noting those that it lacks."""

import time

import reply_text
import transcript
from support.resp import Closed, Connection, Push, Silence, request

REPLY_S = 10
SHOWN_LINES_MAX = 60
SILENCE_S = 0.06  # how long nothing has to come until `(no reply)` or the end of raw replies is believed


class Failure(Exception):
    """A reply that is not as expected."""


class Player:
    """One case in one protocol. `server` names the kind: larder or redis."""

    def __init__(self, address, server, protocol, path):
        self.address, self.server, self.protocol, self.path = address, server, protocol, path
        self.connections = {}
        self.names = {}
        self.recorded = {}  # the lines received for steps without expected replies, by line number

    def play(self, case):
        try:
            with Connection(self.address, REPLY_S) as control:
                control.call("FLUSHALL")
            for step in case.steps:
                self._play_step(step)
        finally:
            for connection in self.connections.values():
                connection.close()

    def _play_step(self, step):
        if step.wait_ms:
            time.sleep(step.wait_ms / 1000)
            return
        block = step.block_for(self.server, self.protocol)
        connection = self._connection(step.connection)
        if step.is_sent:
            self._send(connection, step)
        try:
            if block and block.lines == ["(no reply)"]:
                self._expect_silence(connection, step)
            elif step.connection == "raw":
                self._compare(step, block, self._read_all(connection), None)
            else:
                reply = connection.read()
                self._compare(step, block, None, reply)
        except Closed:
            self._compare(step, block, ["(closed)"], None)
            self.connections.pop(step.connection).close()
        except Silence as silence:
            raise Failure(self._text(step, block, ["(no reply)"])) from silence

    def _connection(self, name):
        if name not in self.connections:
            connection = self.connections[name] = Connection(self.address, REPLY_S)
            if self.protocol == 3:
                connection.call("HELLO", 3)
        return self.connections[name]

    def _send(self, connection, step):
        text = step.text
        for name, value in self.names.items():
            text = text.replace("{" + name + "}", value)
        arguments = transcript.arguments(text, f"{self.path}:{step.line_number}")
        try:
            connection.send_raw(b"".join(arguments) if step.connection == "raw" else request(*arguments))
        except Closed:
            pass  # reading says so too, and the transcript may expect it

    def _expect_silence(self, connection, step):
        try:
            reply = connection.read(SILENCE_S)
        except Silence:
            return
        raise Failure(self._text(step, step.block_for(self.server, self.protocol), reply_text.lines_of(reply)))

    def _read_all(self, connection):
        """The lines of all replies to raw bytes, and how the connection was left."""
        lines = []
        try:
            while True:
                lines += reply_text.lines_of(connection.read(REPLY_S if not lines else SILENCE_S))
        except Silence:
            return lines or ["(no reply)"]
        except Closed:
            self.connections.pop("raw").close()
            return lines + ["(closed)"]

    def _compare(self, step, block, lines, reply):
        """Of `lines` and `reply` one is None."""
        labels = block.labels if block else {}
        if "contains" in labels:
            missing = reply_text.missing_lines(block.lines, reply_text.text_lines_of(reply), self.names)
            if missing:
                raise Failure(self._text(step, block, reply_text.text_lines_of(reply), missing))
            return
        actual = reply_text.lines_of(reply, "unordered" in labels) if lines is None else lines
        if block is None or not block.lines:
            self.recorded[step.line_number] = actual
        elif not reply_text.matches(block.lines, actual, self.names):
            raise Failure(self._text(step, block, actual))

    def _text(self, step, block, actual, missing=()):
        expected = missing or (block.lines if block else [])
        return "\n".join([
            f"{self.path}:{step.line_number}: {self.server}, RESP{self.protocol}",
            f"  {step.connection}{'>' if step.is_sent else '<'} {step.text[:300]}",
            "expected" + (" among the lines" if missing else ""), *(f"  {line}" for line in expected),
            "received", *(f"  {line}" for line in actual[:SHOWN_LINES_MAX]),
            *(["  ..."] if len(actual) > SHOWN_LINES_MAX else [])])
