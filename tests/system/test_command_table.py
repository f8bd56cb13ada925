"""What COMMAND INFO says of the commands that redis-server 7.0 knows too, but for what newer servers changed."""

import unittest

from support import resp
from support.servers import LARDER, REDIS, Server

IN_SCRIPTS = "scripts may call it, since Redis 7.2"
MEMBER = "a member may follow"

# What Larder says otherwise, and why; fields are named as in FIELDS.
MEANT = {
    "arity": {
        "expiretime": MEMBER, "persist": MEMBER, "pexpiretime": MEMBER, "pttl": MEMBER, "ttl": MEMBER,
        "zrank": "WITHSCORE, since Redis 7.2", "zrevrank": "WITHSCORE, since Redis 7.2",
    },
    "flags": {
        "blmove": IN_SCRIPTS, "blpop": IN_SCRIPTS, "brpop": IN_SCRIPTS, "brpoplpush": IN_SCRIPTS,
        "bzpopmax": IN_SCRIPTS, "bzpopmin": IN_SCRIPTS, "wait": IN_SCRIPTS,
        "pfcount": "it may write the number that it keeps",
    },
    "categories": {
        "wait": "it blocks, say newer servers",
        "xgroup": "that of its subcommands, too", "xinfo": "that of its subcommands, too",
    },
    "keys": {"sinterstore": "it does not read the key, say newer servers"},
}
FIELDS = {"arity": 1, "flags": 2, "categories": 6, "keys": 8}
DATA = {b"string", b"bitmap", b"list", b"set", b"sorted-set", b"hash", b"stream", b"geo", b"hyperloglog", b"generic"}


def plain(value):
    """Replies as values that can be compared: maps as dictionaries, flags without an order."""
    if isinstance(value, resp.Map):
        return {plain(key): plain(item) for key, item in value}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    return value.decode() if isinstance(value, bytes) else value


def described(server):
    """Name to COMMAND INFO's fields and the group, subcommands among them."""
    with server.connect() as connection:
        connection.call("HELLO", 3)
        groups = {name: dict(document)[b"group"] for name, document in connection.call("COMMAND", "DOCS")}
        found = {}

        def add(info, group):
            found[info[0].decode()] = (info, group)
            for below in info[9]:
                add(below, group)

        for info in connection.call("COMMAND"):
            add(info, groups[info[0]])
        return found


class CommandTable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Server(LARDER) as larder, Server(REDIS) as redis:
            cls.larder = described(larder)
            cls.redis = described(redis)

    def test_every_data_command_is_there(self):
        missing = {name for name, (_, group) in self.redis.items() if group in DATA} - set(self.larder)
        self.assertEqual(missing, set())

    def test_fields_are_the_same(self):
        for name, (theirs, group) in self.redis.items():
            if name not in self.larder or group not in DATA:
                continue
            ours = self.larder[name][0]
            for field, at in FIELDS.items():
                with self.subTest(command=name, field=field):
                    same = self._comparable(field, ours[at]) == self._comparable(field, theirs[at])
                    reason = MEANT[field].get(name)
                    if reason is None:
                        self.assertEqual(self._comparable(field, ours[at]), self._comparable(field, theirs[at]))
                    else:
                        self.assertFalse(same, f"{name} need not be named here: {reason}")

    @staticmethod
    def _comparable(field, value):
        value = plain(value)
        if field == "keys":
            return [{part: text for part, text in spec.items() if part != "notes"} for spec in value]
        return value


if __name__ == "__main__":
    unittest.main()
