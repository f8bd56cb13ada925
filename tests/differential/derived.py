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

# Newer servers refuse ids before the last one deleted. What is drawn is after all of them.
NOT_DAMAGED = {"XSETID"}

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
        is_exact = self._has_equal_scores(words) or command.name in NOT_DAMAGED
        if self.random.random() < 0.05 and not is_exact:
            words = generator.damage(self.random, words)
        if words[0] == b"XADD" and b"*" in words:  # the time
            return self.draw()
        if command.name in ("SORT", "SORT_RO"):
            return self._sorting(words)
        if command.name.startswith("GEO") and any(b"STORE" in word for word in words):
            words = self._without_count(words)
        return [*self._before(words), *self._guarded(command, words)]

    def _has_equal_scores(self, words):
        """Ranges of texts are defined where all scores are equal: such sorted sets have keys of their own."""
        is_text_range = b"BYLEX" in words or b"LEX" in words[0]
        is_zadd = words[0] == b"ZADD" and self.random.random() < 0.15
        if not is_text_range and not is_zadd:
            return False
        for at in (1, 2) if words[0] == b"ZRANGESTORE" else (1,):
            words[at] = b"lex:" + words[at][-1:]
        if is_zadd:
            words[2:] = [word for member in words[3::2] for word in (b"0", member)] or [b"0", b"a"]
        return True

    @staticmethod
    def _before(words):
        """Newer servers make a consumer even where it gets nothing, so that it has to be there before."""
        if words[0] in (b"XCLAIM", b"XAUTOCLAIM") and len(words) > 3:
            return [[b"XGROUP", b"CREATECONSUMER", *words[1:4]]]
        if words[0] == b"XREADGROUP" and b"STREAMS" in words:
            keys = words[words.index(b"STREAMS") + 1:]
            return [[b"XGROUP", b"CREATECONSUMER", key, *words[2:4]] for key in keys]
        return []

    @staticmethod
    def _without_count(words):
        """Which of equally far places are left out is open, and would stay in what is stored."""
        upper = [word.upper() for word in words]
        if b"COUNT" not in upper or b"ANY" in upper:
            return words
        at = upper.index(b"COUNT")
        return words[:at] + words[at + 2:]

    @staticmethod
    def _sorting(words):
        """What texts of other keys order may be stored in any order; what is not ordered at all depends on the type."""
        options = {word.upper() for word in words[2:]}
        if {b"BY", b"ALPHA", b"STORE"} <= options:
            words = [word for word in words if word.upper() != b"ALPHA"]
        return [[b"TYPE", words[1]], words] if b"BY" in options and len(words) > 1 else [words]

    @staticmethod
    def _guarded(command, words):
        if "blocking" in command.flags:  # which waits for nothing there
            return [[b"MULTI"], words, [b"EXEC"]]
        if command.name in CHANGE_BY_CHANCE and len(words) > 1:
            return [words, [b"DEL", words[1]]]
        return [words]
