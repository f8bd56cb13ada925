"""Random commands over strings, bitmaps and keys: mostly valid, some slightly not.

What they do must not depend on the millisecond in which they run: times to live are long, and conditions on them (GT,
LT) are only drawn with absolute times.
"""

KEYS = [f"key:{n}" for n in range(24)] + ["", "k\x00\r\n", "long:" + "k" * 300]
JUNK = ["", "abc", "-1", "0", "1.5", "99999999999999999999", "NX", "GET", "*", "\xff\x00", "x" * 50]
INTEGERS = [0, 1, -1, 2, 7, 10, -10, 100, 255, 256, 65536, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1, -2**63]
FLOATS = ["0.1", "-0.5", "1e3", "1e-3", "3.0", "1.5e10", "-2.25", "0", "12345678.9", "1e17", "-1e-10"]
FAR_SECONDS = [2000000000, 3000000000, 4000000000, 33177117420]


def damage(random, command):
    """Leaves out, adds or replaces an argument."""
    at = random.randrange(1, len(command) + 1)
    kind = random.randrange(3)
    junk = random.choice(JUNK).encode("latin-1")
    if kind == 0 and at < len(command):
        return command[:at] + command[at + 1:]
    if kind == 1 or at == len(command):
        return command[:at] + [junk] + command[at:]
    return command[:at] + [junk] + command[at + 1:]


class Generator:
    """Draws commands; the same seed draws the same ones."""

    def __init__(self, random):
        self.random = random
        self.commands = [command for command, weight in self._table() for _ in range(weight)]

    def draw(self):
        command = [str(part).encode("latin-1") for part in self.random.choice(self.commands)()]
        return damage(self.random, command) if self.random.random() < 0.05 else command

    def key(self):
        return self.random.choice(KEYS)

    def keys(self, most=4):
        return [self.key() for _ in range(self.random.randint(1, most))]

    def integer(self):
        return self.random.choice(INTEGERS) if self.random.random() < 0.3 else self.random.randint(-1000, 1000)

    def position(self):
        return self.random.choice([0, 1, 2, 3, 5, 8, 13, 40, 100, 1000, -1, -2, -5, -40, -1000])

    def bit_offset(self):
        return self.random.choice([0, 1, 6, 7, 8, 9, 31, 63, 64, 100, 1000, self.random.randrange(3000)])

    def value(self):
        kind = self.random.randrange(8)
        if kind < 3:
            return self.integer()
        if kind == 3:
            return self.random.choice(FLOATS)
        size = self.random.choice([0, 1, 3, 8, 20, 43, 44, 45, 46, 63, 64, 65, 100, 255, 256, 1000, 5000])
        return "".join(chr(self.random.randrange(256)) for _ in range(size))

    def pairs(self):
        return [part for key in self.keys() for part in (key, self.value())]

    def some(self, *options):
        """Each option, a list of words, with a chance of its own."""
        return [word for option in options if self.random.random() < 0.3 for word in option]

    def expiry(self):
        return self.random.choice([
            ["EX", self.random.randint(1000, 100000)], ["PX", self.random.randint(1000000, 9000000)],
            ["EXAT", self.random.choice(FAR_SECONDS)], ["PXAT", self.random.choice(FAR_SECONDS) * 1000 + 7],
            ["EXAT", 1], ["KEEPTTL"], ["PERSIST"], []])

    def field_value(self):
        # Not the least integers: redis-server takes saturating SETs of them for overflows to the other side.
        return self.random.choice([self.random.randint(-1000, 1000), 2**31, -2**31, 2**32 + 5, 2**62, -2**62 + 1])

    def field_operation(self):
        kind = self.random.choice(["u", "i"]) + str(self.random.choice([1, 2, 5, 8, 16, 31, 32, 63, 64]))
        offset = self.random.choice(["", "#"]) + str(self.random.randrange(40))
        return self.random.choice([
            ["GET", kind, offset], ["SET", kind, offset, self.field_value()],
            ["INCRBY", kind, offset, self.integer()],
            ["OVERFLOW", self.random.choice(["WRAP", "SAT", "FAIL"])]])

    def field_operations(self):
        return [word for _ in range(self.random.randint(1, 4)) for word in self.field_operation()]

    def _table(self):
        choose, key, keys, value, integer = self.random.choice, self.key, self.keys, self.value, self.integer
        position, some = self.position, self.some

        def span():
            return choose([[], [position(), position()], [position(), position(), choose(["BYTE", "BIT"])]])

        return [
            (lambda: ["SET", key(), value()], 8),
            (lambda: ["SET", key(), value(), *some(["NX"], ["XX"], ["GET"], self.expiry())], 8),
            (lambda: ["SETNX", key(), value()], 1),
            (lambda: ["SETEX", key(), self.random.randint(1000, 9000), value()], 1),
            (lambda: ["PSETEX", key(), self.random.randint(1000000, 9000000), value()], 1),
            (lambda: ["GET", key()], 6),
            (lambda: ["GETSET", key(), value()], 1),
            (lambda: ["GETDEL", key()], 1),
            (lambda: ["GETEX", key(), *self.expiry()], 2),
            (lambda: ["MGET", *keys(6)], 2),
            (lambda: ["MSET", *self.pairs()], 2),
            (lambda: ["MSETNX", *self.pairs()], 2),
            (lambda: ["APPEND", key(), value()], 4),
            (lambda: ["STRLEN", key()], 2),
            (lambda: ["SETRANGE", key(), abs(position()), value()], 4),
            (lambda: ["GETRANGE", key(), position(), position()], 4),
            (lambda: ["SUBSTR", key(), position(), position()], 1),
            (lambda: ["LCS", key(), key(), *some(["LEN"], ["IDX"], ["MINMATCHLEN", 2], ["WITHMATCHLEN"])], 1),
            (lambda: [choose(["INCR", "DECR"]), key()], 4),
            (lambda: [choose(["INCRBY", "DECRBY"]), key(), integer()], 4),
            (lambda: ["INCRBYFLOAT", key(), choose(FLOATS)], 4),
            (lambda: ["SETBIT", key(), self.bit_offset(), choose([0, 1])], 4),
            (lambda: ["GETBIT", key(), self.bit_offset()], 2),
            (lambda: ["BITCOUNT", key(), *span()], 3),
            (lambda: ["BITPOS", key(), choose([0, 1]), *span()[:self.random.randint(0, 3)]], 3),
            (lambda: ["BITOP", choose(["AND", "OR", "XOR"]), key(), *keys()], 3),
            (lambda: ["BITOP", "NOT", key(), key()], 1),
            (lambda: ["BITFIELD", key(), *self.field_operations()], 5),
            (lambda: ["BITFIELD_RO", key(), "GET", "u8", self.bit_offset()], 1),
            (lambda: [choose(["DEL", "UNLINK"]), *keys()], 3),
            (lambda: [choose(["EXISTS", "TOUCH"]), *keys()], 2),
            (lambda: ["TYPE", key()], 1),
            (lambda: ["OBJECT", "ENCODING", key()], 2),
            (lambda: ["EXPIRE", key(), self.random.randint(1000, 100000), *some(["NX"], ["XX"])], 2),
            (lambda: ["EXPIREAT", key(), choose(FAR_SECONDS + [1]), *some(["NX"], ["XX"], ["GT"], ["LT"])], 3),
            (lambda: ["PEXPIREAT", key(), choose(FAR_SECONDS) * 1000, *some(["GT"], ["LT"])], 2),
            (lambda: [choose(["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"]), key()], 4),
            (lambda: ["PERSIST", key()], 2),
            (lambda: ["RENAME", key(), key()], 2),
            (lambda: ["RENAMENX", key(), key()], 1),
            (lambda: ["COPY", key(), key(), *some(["DB", self.random.randrange(3)], ["REPLACE"])], 3),
            (lambda: ["MOVE", key(), self.random.randrange(3)], 2),
            (lambda: ["SELECT", self.random.randrange(3)], 1),
            (lambda: ["SWAPDB", self.random.randrange(3), self.random.randrange(3)], 1),
            (lambda: ["DBSIZE"], 1),
            (lambda: ["KEYS", choose(["*", "key:1*", "key:?", "k[^e]*", "*[0-3]"])], 1),
            (lambda: ["RANDOMKEY"], 1),
            (lambda: ["NOSUCH", *keys()], 1),
        ]
