"""Random commands of one group, derived from the command table of the running server (grammar.py)."""

import generator
from grammar import Drawing
from values import STRANGERS, Values

# Left out, since what they do depends on the moment, or on more than the data.
LEFT_OUT = {
    "DUMP": "each server has its own form",
    "RESTORE": "takes what DUMP gives",
    "RESTORE-ASKING": "the same",
    "MIGRATE": "needs another server",
    "WAIT": "waits",
    "WAITAOF": "waits",
    "RANDOMKEY": "chance alone",
    "OBJECT FREQ": "tells of eviction",
    "OBJECT IDLETIME": "tells the time",
    "OBJECT REFCOUNT": "tells what is shared",
    "SCAN": "the order of keys",
    "KEYS": "compared with the state",
    "PFDEBUG": "tells how it is kept",
    "PFSELFTEST": "has no data",
    "LCS": "takes long on long strings; in the group written by hand",
}
# Draw by chance and change what they drew, or change what newer servers refuse to: the key is removed after them.
CHANGE_BY_CHANCE = {"SPOP", "XSETID"}

MAKING = [
    ["SET", "string:0", "5"], ["RPUSH", "list:0", "a", "b"], ["SADD", "set:0", "a", "1"], ["HSET", "hash:0", "a", "1"],
    ["ZADD", "sorted-set:0", "1", "a", "2", "b"], ["XADD", "stream:0", "1-1", "a", "1"],
]
assert len(MAKING) == len(STRANGERS)


def as_bytes(command):
    return [str(part).encode("latin-1") for part in command]


class Generator:
    """Draws steps: lists of commands that belong together. The same seed draws the same ones."""

    def __init__(self, random, grammar, group):
        self.random = random
        self.values = Values(random, group)
        known = {command.name for command in grammar.commands}
        self.making = [as_bytes(command) for command in MAKING if command[0] in known]
        self.weighted = [command for command in grammar.commands
                         for _ in range(self._weight(command, group))]

    @staticmethod
    def groups(grammar):
        data = {"bitmap", "generic", "geo", "hash", "hyperloglog", "list", "set", "sorted-set", "stream", "string"}
        return sorted({command.group for command in grammar.commands} & data)

    @staticmethod
    def _weight(command, group):
        if command.name in LEFT_OUT or command.words[-1] == "HELP" or "admin" in command.flags:
            return 0
        if command.group == group:
            return 12 if "denyoom" in command.flags else 6
        if command.group != "generic":
            return 2 if group == "generic" and "denyoom" in command.flags else 0
        return 1

    def draw(self):
        if self.random.random() < 0.01:
            return self.making
        command = self.random.choice(self.weighted)
        words = as_bytes(Drawing(self.random, self.values, command).draw())
        if self.random.random() < 0.05:
            words = generator.damage(self.random, words)
        if words[0] == b"XADD" and b"*" in words:  # the time
            return self.draw()
        if "blocking" in command.flags:  # which waits for nothing there
            return [[b"MULTI"], words, [b"EXEC"]]
        if command.name in CHANGE_BY_CHANCE and len(words) > 1:
            return [words, [b"DEL", words[1]]]
        return [words]
