"""Whether a server keeps what it holds: its data as it is, and after it was loaded again from a snapshot and a log.

Keys are compared by Larder's digests, which know deadlines of elements and what consumer groups know.
"""

import dataclasses
import time

from support.resp import Error, Map

MEMORY_BYTES_MAX = 64 * 1024 * 1024  # that are written and read again; half a gigabyte takes too long
KEYS_MAX = 3000  # that are compared one by one; more only as a whole
SHOWN_KEYS_MAX = 200  # whose contents are shown where they are lost
SHOWN_CHARACTERS = 600

LOOKS = {
    b"string": ["GET"], b"list": ["LRANGE", "0", "-1"], b"set": ["SMEMBERS"], b"hash": ["HGETALL"],
    b"zset": ["ZRANGE", "0", "-1", "WITHSCORES"], b"stream": ["XINFO", "STREAM", "FULL"],
}
ELEMENTS = {b"hash": ["HKEYS"], b"set": ["SMEMBERS"], b"zset": ["ZRANGE", "0", "-1"]}


class Lost(Exception):
    """What is not as it was, and after what."""


@dataclasses.dataclass
class Kept:
    """One key. Its text is only shown; deadlines of elements tell when it changes by itself."""

    kind: bytes
    digest: bytes
    deadline_ms: int
    text: str = ""
    element_deadlines_ms: tuple = ()

    def same(self, other):
        return (self.kind, self.digest, self.deadline_ms) == (other.kind, other.digest, other.deadline_ms)

    def has_changed_by(self, now_ms):
        return any(0 < deadline <= now_ms for deadline in (self.deadline_ms, *self.element_deadlines_ms))


def check(connection):
    """Loads the data again in each way that the server has, and raises Lost where something differs."""
    connection.call("CLIENT", "UNPAUSE")
    info = _info(connection, "persistence", "memory")
    if info is None:  # nobody is authenticated any more
        return
    if int(info["used_memory"]) > MEMORY_BYTES_MAX:
        return _begin_anew(connection)
    ways = ["RELOAD", "LOADAOF"] if info["aof_enabled"] == "1" else ["RELOAD"]
    before = contents(connection)
    for way in ways:
        reply = connection.call("DEBUG", way)
        if isinstance(reply, Error):
            raise Lost(f"DEBUG {way}: {reply.decode(errors='replace')}")
        after = contents(connection)
        lost = list(_differences(before, after, _now_ms(connection)))
        if lost:
            raise Lost("\n".join([f"after DEBUG {way}", *lost]))
        before = after


def _info(connection, *sections):
    """None where that is not allowed."""
    text = connection.call("INFO", *sections)
    if isinstance(text, Error):
        return None
    lines = getattr(text, "text", text).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def rewrite(connection, with_preamble):
    """The log anew, from a snapshot or from commands."""
    connection.call("CONFIG", "SET", "aof-use-rdb-preamble", "yes" if with_preamble else "no")
    connection.call("BGREWRITEAOF")
    while _info(connection, "persistence")["aof_rewrite_in_progress"] == "1":
        time.sleep(0.005)


def _begin_anew(connection):
    """Without what would be loaded again with all that follows."""
    connection.call("FLUSHALL")
    rewrite(connection, with_preamble=True)


def contents(connection):
    """All keys of all databases, and the libraries of functions; ends in database 0."""
    databases = {name.removeprefix("db"): line for name, line in _info(connection, "keyspace").items()}
    facts = {number: dict(fact.split("=") for fact in line.split(",")) for number, line in databases.items()}
    found = {"libraries": _libraries(connection)}
    if sum(int(fact["keys"]) for fact in facts.values()) > KEYS_MAX:
        return found | {"all": Kept(b"", connection.call("DEBUG", "DIGEST"), -1)}
    for number, fact in facts.items():
        connection.call("SELECT", number)
        for key, kept in _keys(connection, fact["subexpiry"] != "0").items():
            found[int(number), key] = kept
    connection.call("SELECT", 0)
    return found


def _libraries(connection):
    found = connection.call("FUNCTION", "LIST", "WITHCODE")
    if isinstance(found, Error):
        return Kept(b"", b"", -1)
    codes = sorted(bytes(value) for library in found for name, value in _pairs(library) if name == b"library_code")
    return Kept(b"libraries", b"\n".join(codes), -1)


def _pairs(reply):
    return reply if isinstance(reply, Map) else zip(reply[::2], reply[1::2])


def _keys(connection, has_element_deadlines):
    """The deadlines of elements come first: what expires later is known to."""
    names = [bytes(name) for name in connection.call("KEYS", "*")]
    deadlines_ms = {name: _element_deadlines(connection, name) for name in names} if has_element_deadlines else {}
    replies = connection.call_all(
        [command for name in names for command in (
            ["TYPE", name], ["DEBUG", "DIGEST-VALUE", name], ["PEXPIRETIME", name])])
    found = {}
    for name, kind, digests, deadline_ms in zip(names, replies[::3], replies[1::3], replies[2::3]):
        if deadline_ms == -2:  # has expired since
            continue
        kept = found[name] = Kept(
            bytes(kind), bytes(digests[0]), deadline_ms, element_deadlines_ms=deadlines_ms.get(name, ()))
        if len(names) <= SHOWN_KEYS_MAX:
            kept.text = _shown(connection, name, kept.kind)
    return found


def _with_key(words, name):
    """A command with its key; behind the subcommand where it has one."""
    at = 2 if words[0] == "XINFO" else 1
    return [*words[:at], name, *words[at:]]


def _shown(connection, name, kind):
    look = LOOKS.get(kind)
    return repr(connection.call(*_with_key(look, name)))[:SHOWN_CHARACTERS] if look else ""


def _element_deadlines(connection, name):
    kind = bytes(connection.call("TYPE", name))
    look = ELEMENTS.get(kind)
    if not look:
        return ()
    elements = connection.call(*_with_key(look, name))
    if kind == b"hash":
        if not elements:
            return ()
        return tuple(connection.call("HPEXPIRETIME", name, "FIELDS", len(elements), *elements))
    return tuple(connection.call_all([["PEXPIRETIME", name, element] for element in elements]))


def _now_ms(connection):
    seconds, microseconds = connection.call("TIME")
    return int(seconds) * 1000 + int(microseconds) // 1000


def _differences(before, after, now_ms):
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is not None and (new is None or not old.same(new)) and old.has_changed_by(now_ms):
            continue
        if old is None or new is None or not old.same(new):
            yield f"  {key}\n    was {old}\n    is  {new}"
