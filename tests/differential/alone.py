"""Random commands for Larder alone: those that chance and time decide, too, since only what it keeps is compared."""

import time

from derived import Generator, as_bytes
from grammar import Drawing
from values import Values

LEFT_OUT = {
    "WAIT": "waits",
    "WAITAOF": "waits",
    "MIGRATE": "needs another server",
    "PFDEBUG": "changes the form alone",
    "PFSELFTEST": "has no data",
}
WITHOUT_DATA = {"cluster", "connection", "pubsub", "scripting", "sentinel", "server", "transactions"}
SHORT_MS = [1, 3, 10, 30, 100, 1_000_000]


class ShortValues(Values):
    """Times that come while the commands run."""

    def _milliseconds(self, _):
        return self._choose(SHORT_MS)

    def _seconds(self, _):
        return self._choose([1, 1000])

    def _unix_time_milliseconds(self, _):
        return int(time.time() * 1000) + self._choose([-1000, *SHORT_MS])

    def _unix_time_seconds(self, _):
        return int(time.time()) + self._choose([-1, 0, 1, 1000])

    def _by_type(self, kind):
        return self._unix_time_seconds(None) if kind == "unix-time" else super()._by_type(kind)


class AloneGenerator(Generator):
    def __init__(self, random, grammar, group):
        super().__init__(random, grammar, group)
        self.values = ShortValues(random, group)

    @staticmethod
    def groups(grammar):
        return sorted({command.group for command in grammar.commands} - WITHOUT_DATA)

    @staticmethod
    def _weight(command, group):
        if command.name in LEFT_OUT or command.words[-1] == "HELP" or command.flags & {"admin", "pubsub", "noscript"}:
            return 0
        if command.group == group:
            return 6
        return 2 if command.group == "generic" and "write" in command.flags else 0

    def draw(self):
        if self.random.random() < 0.02:
            return self.making
        command = self.random.choice(self.weighted)
        words = as_bytes(Drawing(self.random, self.values, command).draw())
        commands = self._guarded(command, words)
        return [[b"MULTI"], *commands, *self.making, [b"EXEC"]] if len(commands) == 1 and self.random.random() < 0.02 \
            else commands

    @staticmethod
    def _guarded(command, words):
        return [[b"MULTI"], words, [b"EXEC"]] if "blocking" in command.flags else [words]
