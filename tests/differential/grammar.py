"""Draws commands from the grammar that a server describes in COMMAND DOCS.

What the other server's documentation does not name (newer commands, options, alternatives) is left out, since its
answers could only differ. Values come from values.py, by the names that arguments have.
"""

import dataclasses

REPEATS_MAX = 4
MANY_MAX = 150  # now and then, so that collections meet the limits of their packed forms


@dataclasses.dataclass
class Argument:
    name: str
    type: str
    token: str
    flags: frozenset
    children: list


@dataclasses.dataclass
class Command:
    words: list  # ["ZADD"], ["XINFO", "STREAM"]
    group: str
    flags: frozenset
    arguments: list

    @property
    def name(self):
        return " ".join(self.words)


class Grammar:
    """All commands with a handler that both servers know, as the first of them describes them."""

    def __init__(self, described, other):
        known = _words_by_command(_documents(other))
        flags = _flags(described)
        self.commands = []
        for words, document in _flattened(_documents(described)):
            name = " ".join(words)
            if name not in known or b"subcommands" in document:
                continue
            arguments = [_argument(item) for item in document.get(b"arguments", [])]
            self.commands.append(Command(
                words, document[b"group"].decode(), flags[name], _without_unknown(arguments, known[name])))


class Drawing:
    """One command being drawn. Counts such as numkeys hold for what follows them."""

    def __init__(self, random, values, command):
        self.random = random
        self.values = values
        self.command = command
        self.count = None

    def draw(self):
        return [*self.command.words, *self._sequence(self.command.arguments)]

    def _sequence(self, arguments):
        return [word for argument in arguments for word in self._one(argument)]

    def _one(self, argument):
        if "optional" in argument.flags and self.random.random() < 0.65:
            return []
        token = [argument.token] if argument.token else []
        words = []
        for repeat in range(self._repeats(argument)):
            words += token if repeat == 0 or "multiple_token" in argument.flags else []
            words += self._content(argument)
        return words

    def _repeats(self, argument):
        if "multiple" not in argument.flags:
            return 1
        is_counted = argument.type == "key" or argument.name in ("field", "weight", "id", "data")
        if self.count is not None and is_counted:
            return self.count
        repeats = self.random.randint(1, REPEATS_MAX)
        if argument.type == "key":
            self.count = repeats
        elif self.random.random() < 0.02:
            repeats = self.random.randint(30, MANY_MAX)
        return repeats

    def _content(self, argument):
        if argument.type == "pure-token":
            return []
        if argument.type == "oneof":
            return self._one(self.random.choice(argument.children))
        if argument.type == "block":
            return self._sequence(argument.children)
        if argument.name in ("numkeys", "numfields"):
            self.count = self.random.randint(1, REPEATS_MAX)
            return [self.count]
        return [self.values.draw(self.command, argument)]


def _documents(connection):
    return {name.decode(): dict(document) for name, document in connection.call("COMMAND", "DOCS")}


def _flattened(documents, above=()):
    """Commands with their words, subcommands among them."""
    for name, document in documents.items():
        words = [*above, name.upper().split("|")[-1]]
        yield words, document
        below = {sub.decode(): dict(found) for sub, found in document.get(b"subcommands", [])}
        yield from _flattened(below, words)


def _argument(item):
    item = dict(item)
    return Argument(
        name=item[b"name"].decode(), type=item[b"type"].decode(), token=item.get(b"token", b"").decode(),
        flags=frozenset(flag.decode() for flag in item.get(b"flags", [])),
        children=[_argument(child) for child in item.get(b"arguments", [])])


def _words(arguments):
    """Tokens in capitals, and names of arguments."""
    for argument in arguments:
        yield argument.token.upper()
        yield argument.name.lower()
        yield from _words(argument.children)


def _words_by_command(documents):
    return {" ".join(words): set(_words([_argument(item) for item in document.get(b"arguments", [])]))
            for words, document in _flattened(documents)}


def _without_unknown(arguments, known):
    """Leaves out what begins with a token that the other server has not, or may follow others but has a name of which
    the other knows nothing; alternatives that are left bare go too."""
    kept = []
    for argument in arguments:
        if argument.token and argument.token.upper() not in known:
            continue
        is_bare = not argument.token and not argument.children
        if is_bare and "optional" in argument.flags and argument.name.lower() not in known:
            continue
        if argument.children:
            argument.children = _without_unknown(argument.children, known)
            if not argument.children:
                continue
        kept.append(argument)
    return kept


def _flags(connection):
    def named(info, above=()):
        words = [*above, info[0].decode().upper().split("|")[-1]]
        yield " ".join(words), frozenset(flag.decode() for flag in info[2])
        for below in info[9]:
            yield from named(below, words)

    return dict(pair for info in connection.call("COMMAND") for pair in named(info))
