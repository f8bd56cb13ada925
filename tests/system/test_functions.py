"""Functions go to a real redis-server and come back, and what Lua's libraries do is the same in both."""

import random
import struct

from support.case import ServerCase, only_larder
from support.servers import REDIS, Server

CODE = """#!lua name=%s
local calls = 0
redis.register_function('%s_add', function(keys, args)
  calls = calls + 1
  return {redis.call('INCRBY', keys[1], args[1]), calls}
end)
redis.register_function{function_name='%s_get', callback=function(keys) return redis.call('GET', keys[1]) end,
                        description='reads\\n a key', flags={'no-writes', 'allow-stale'}}
-- %s
"""


def library(name, padding=0):
    return CODE % (name, name, name, "x" * padding)


class WithRedis(ServerCase):
    def setUp(self):
        super().setUp()
        redis = Server(REDIS)
        self.addCleanup(redis.__exit__)
        self.here = self.connect()
        self.there = redis.connect()
        self.addCleanup(self.there.close)

    def both(self, *command):
        here, there = self.here.call(*command), self.there.call(*command)
        self.assertEqual(here, there, command)
        return here


class Functions(WithRedis):
    @only_larder
    def test_libraries_go_both_ways(self):
        for source, target in ((self.here, self.there), (self.there, self.here)):
            for connection in (source, target):
                connection.call("FUNCTION", "FLUSH")
            self.assertEqual(source.call("FUNCTION", "RESTORE", target.call("FUNCTION", "DUMP")), b"OK")
            for name, padding in (("small", 0), ("long", 20_000), ("other", 100)):
                source.call("FUNCTION", "LOAD", library(name, padding))
            payload = source.call("FUNCTION", "DUMP")
            self.assertEqual(target.call("FUNCTION", "RESTORE", payload), b"OK")
            self.assertEqual(*[self.listing(connection) for connection in (source, target)])
            self.assertEqual(target.call("FCALL", "long_add", 1, "n", 2), source.call("FCALL", "long_add", 1, "n", 2))
            self.assertRegex(bytes(target.call("FUNCTION", "RESTORE", payload)), b"^ERR Library .* already exists$")
            self.assertEqual(target.call("FUNCTION", "RESTORE", payload, "REPLACE"), b"OK")
            self.assertEqual(target.call("FUNCTION", "RESTORE", payload, "FLUSH"), b"OK")

    @staticmethod
    def listing(connection):
        def ordered(reply):
            return sorted(map(repr, reply)) if isinstance(reply, list) else reply

        libraries = connection.call("FUNCTION", "LIST", "WITHCODE")
        return sorted([[ordered(part) for part in parts] for parts in libraries], key=repr)

    def test_damaged_payloads_are_refused(self):
        self.here.call("FUNCTION", "LOAD", library("whole"))
        payload = bytes(self.here.call("FUNCTION", "DUMP"))
        rng = random.Random(5)
        for _ in range(100):
            at = rng.randrange(len(payload))
            damaged = payload[:at] + bytes([payload[at] ^ 1 << rng.randrange(8)]) + payload[at + 1:]
            self.assertRegex(bytes(self.here.call("FUNCTION", "RESTORE", damaged, "REPLACE")), b"^ERR ")
        self.assertEqual(self.here.call("FCALL", "whole_add", 1, "k", 1), [1, 1])


def json_value(rng, depth=0):
    kind = rng.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return rng.choice(["true", "false", "null"])
    if kind == 1:
        return str(rng.randrange(-2 ** rng.choice([3, 31, 53]), 2 ** 53))
    if kind == 2:
        return rng.choice(["0.5", "-1e3", "1E+2", "12345.678e-3", "1e400", "-0", "0.1", "3.0", "007", "0x1F", "nan"])
    if kind < 6:
        letters = ["a", "é", "\\n", "\\u00e9", "\\ud83d\\ude00", "\\/", " ", "\\\"", "\\u0000", "😀", "\\ud800", "\x7f"]
        return '"' + "".join(rng.choice(letters) for _ in range(rng.randrange(6))) + '"'
    inner = [json_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 6:
        return "[" + ",".join(inner) + "]"
    # One key at most: the order of several is each server's own.
    return "{" + ",".join(f'"{rng.choice("xyz")}": {value}' for value in inner[:1]) + "}"


def broken(rng, text):
    """Mostly as it is; else with a byte lost or changed."""
    data = text if isinstance(text, bytes) else text.encode()
    if rng.random() < 0.7 or not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + rng.choice([b"", b"[", b"\xff", b"\x00", b","]) + data[at + 1:]


def packed_value(rng, depth=0):
    kind = rng.randrange(9 if depth < 4 else 7)
    if kind == 0:
        return rng.choice([b"\xc0", b"\xc2", b"\xc3", b"\x05", b"\xe1", b"\xc1", b"\xd4\x00\x01"])
    if kind == 1:
        size = rng.choice([(b"\xcc", 1), (b"\xcd", 2), (b"\xce", 4), (b"\xcf", 8)])
        return size[0] + rng.randbytes(size[1])
    if kind == 2:
        size = rng.choice([(b"\xd0", 1), (b"\xd1", 2), (b"\xd2", 4), (b"\xd3", 8)])
        return size[0] + rng.randbytes(size[1])
    if kind == 3:
        return b"\xca" + struct.pack(">f", rng.uniform(-9, 9))
    if kind == 4:
        return b"\xcb" + struct.pack(">d", rng.uniform(-9, 9))
    if kind < 7:
        text = rng.randbytes(rng.choice([0, 3, 31]))
        return rng.choice([bytes([0xa0 | len(text)]), b"\xd9" + bytes([len(text)]), b"\xda\x00" + bytes([len(text)])]) + text
    inner = [packed_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 7:
        return rng.choice([bytes([0x90 | len(inner)]), b"\xdc\x00" + bytes([len(inner)])]) + b"".join(inner)
    return bytes([0x80 | len(inner[:1])]) + b"".join(b"\xa1k" + value for value in inner[:1])


def struct_format(rng):
    return "".join(rng.choice(["b", "B", "h", "H", "l", "L", "T", "i", "I", "i3", "I5", "i16", "f", "d", "s", "c2", "Bc0", "hc0",
                               ">", "<", "!", "!4", "x", " ", "i40", "q"]) for _ in range(rng.randrange(5)))


class LuaLibraries(WithRedis):
    ROUNDS = 1500

    @only_larder
    def test_json(self):
        script = self.both("SCRIPT", "LOAD", "return cjson.encode(cjson.decode(ARGV[1]))")
        rng = random.Random(1)
        for _ in range(self.ROUNDS):
            self.both("EVALSHA", script, 0, broken(rng, json_value(rng)))

    @only_larder
    def test_messagepack(self):
        script = self.both("SCRIPT", "LOAD", """
            local function text(value)
              if type(value) ~= 'table' then return type(value) .. ':' .. tostring(value) end
              local parts = {}
              for k, v in pairs(value) do parts[#parts + 1] = text(k) .. '=' .. text(v) end
              table.sort(parts)
              return '{' .. table.concat(parts, ',') .. '}'
            end
            local values = {cmsgpack.unpack(ARGV[1])}
            return {text(values), cmsgpack.pack(unpack(values))}""")
        rng = random.Random(2)
        for _ in range(self.ROUNDS):
            self.both("EVALSHA", script, 0, broken(rng, packed_value(rng)))

    @only_larder
    def test_struct(self):
        script = self.both("SCRIPT", "LOAD", """
            local packed, size = pcall(struct.size, ARGV[1])
            local values = {pcall(struct.unpack, ARGV[1], ARGV[2])}
            for i, value in ipairs(values) do values[i] = tostring(value) end
            local made = {pcall(struct.pack, ARGV[1], ARGV[3], ARGV[4], 'abc', '5', 'xyz')}
            return {tostring(size), values, tostring(made[2])}""")
        rng = random.Random(3)
        for _ in range(self.ROUNDS):
            number = str(rng.choice([0, 1, -1, 255, -129, 65536, 2 ** 31, -2 ** 31, 2 ** 53, 1.5, -1e9]))
            self.both("EVALSHA", script, 0, struct_format(rng), rng.randbytes(rng.randrange(40)), number,
                      rng.choice([number, "word"]))

    @only_larder
    def test_bit(self):
        script = self.both("SCRIPT", "LOAD", "return tostring(bit[ARGV[1]](unpack(ARGV, 2)))")
        rng = random.Random(4)
        names = ["tobit", "bnot", "band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror", "bswap", "tohex"]
        numbers = ["0", "1", "-1", "31", "32", "33", "2147483648", "4294967295", "4294967296", "1.5", "2.5", "-0.5", "1e15", "x"]
        for _ in range(self.ROUNDS):
            self.both("EVALSHA", script, 0, rng.choice(names), *[rng.choice(numbers) for _ in range(rng.randrange(4))])
