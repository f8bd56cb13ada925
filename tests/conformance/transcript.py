"""Reads and writes transcripts; README.md beside this file describes them as an author sees them.

A transcript is kept as its lines, so that recording changes nothing but the replies that were missing.
"""

import dataclasses
import re

CASE = re.compile(r"^== (.+?)(?:\s+\[(.+)\])?$")
COMMAND = re.compile(r"^([a-z]*)(>|<)(?: (.*))?$")
WAIT = re.compile(r"^wait (\d+)ms$")
LABEL = re.compile(r"^\[(.+)\]$")
ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "a": b"\a", "b": b"\b", "\\": b"\\", '"': b'"'}


class Mistake(Exception):
    """The transcript itself is wrong; the text says where."""


@dataclasses.dataclass
class Block:
    """One way in which a command may be answered: the labels it stands under and the lines expected."""

    labels: dict
    lines: list

    def fits(self, server, protocol):
        return self.labels.get("server") in (None, server) and self.labels.get("protocol") in (None, protocol)


@dataclasses.dataclass
class Step:
    """A command (`>`), a further reply awaited (`<`) or a pause."""

    line_number: int
    connection: str = ""
    is_sent: bool = True
    text: str = ""
    wait_ms: int = 0
    blocks: list = dataclasses.field(default_factory=list)
    reply_line: int = 0  # where missing replies are to be inserted: an index into the lines of the file

    @property
    def is_answered(self):
        return any(block.lines for block in self.blocks)

    def block_for(self, server, protocol):
        """The most particular of the blocks that fit."""
        fitting = [block for block in self.blocks if block.fits(server, protocol)]
        return max(fitting, key=lambda block: len(block.labels.keys() & {"server", "protocol"}), default=None)


@dataclasses.dataclass
class Case:
    title: str
    line_number: int
    servers: tuple = ("larder", "redis")
    protocols: tuple = (2, 3)
    is_loaded_again: bool = True
    steps: list = dataclasses.field(default_factory=list)


def parse(lines, path):
    """The cases of a file."""
    cases, step, block = [], None, None
    for index, line in enumerate(lines):
        where = f"{path}:{index + 1}"
        if not line.strip():
            step = block = None
        elif match := CASE.match(line):
            cases.append(_case(match, index + 1, where))
            step = block = None
        elif step is None and line.startswith("#"):
            continue
        elif not cases:
            raise Mistake(f"{where}: a case has to be opened with `== title` first")
        elif match := COMMAND.match(line):
            step = Step(index + 1, match[1], match[2] == ">", match[3] or "", reply_line=index + 1)
            cases[-1].steps.append(step)
            block = None
        elif match := WAIT.match(line):
            cases[-1].steps.append(Step(index + 1, wait_ms=int(match[1])))
            step = None
        elif step is None:
            raise Mistake(f"{where}: this is neither a command nor a reply to one: {line}")
        elif match := LABEL.match(line):
            block = Block(_labels(match[1], where), [])
            step.blocks.append(block)
            step.reply_line = index + 1
        else:
            if block is None:
                block = Block({}, [])
                step.blocks.append(block)
            block.lines.append(line)
    return cases


def _case(match, line_number, where):
    case = Case(match[1], line_number)
    for directive in filter(None, (part.strip() for part in (match[2] or "").split(";"))):
        if directive.startswith("larder only:"):
            case.servers = ("larder",)
        elif directive.startswith("not loaded again:"):
            case.is_loaded_again = False
        elif directive in ("resp2 only", "resp3 only"):
            case.protocols = (int(directive[4]),)
        else:
            raise Mistake(f"{where}: unknown directive {directive!r} (larder only: REASON, not loaded again: REASON, resp2 only, resp3 only)")
    return case


def _labels(text, where):
    labels = {}
    names, _, reason = text.partition(":")
    for name in (part.strip() for part in names.split(",")):
        if name == "redis 7.0":
            labels["server"] = "redis"
            if not reason.strip():
                raise Mistake(f"{where}: a difference needs its reason: [redis 7.0: REASON]")
        elif name in ("resp2", "resp3"):
            labels["protocol"] = int(name[4])
        elif name in ("unordered", "contains"):
            labels[name] = True
        else:
            raise Mistake(f"{where}: unknown label {name!r} (resp2, resp3, redis 7.0: REASON, unordered, contains)")
    return labels


def arguments(text, where="command"):
    """Splits a command as redis-cli does; "text"*3 is the text three times."""
    result, at = [], 0
    while True:
        while at < len(text) and text[at] == " ":
            at += 1
        if at == len(text):
            return result
        argument, at = _argument(text, at, where)
        result.append(argument)


def _argument(text, at, where):
    if text[at] not in "\"'":
        end = text.find(" ", at)
        end = len(text) if end < 0 else end
        return text[at:end].encode(), end
    value, at = _quoted(text, at, where)
    if match := re.compile(r"\*(\d+)").match(text, at):
        value, at = value * int(match[1]), match.end()
    if at < len(text) and text[at] != " ":
        raise Mistake(f"{where}: a space is missing after a closing quote: {text}")
    return value, at


def _quoted(text, at, where):
    quote, value = text[at], bytearray()
    at += 1
    while at < len(text) and text[at] != quote:
        if text[at] == "\\" and quote == '"' and at + 1 < len(text):
            if match := re.compile(r"\\x([0-9a-fA-F]{2})").match(text, at):
                value.append(int(match[1], 16))
                at = match.end()
                continue
            at += 1
            value += ESCAPES.get(text[at], text[at].encode())
        else:
            value += text[at].encode()
        at += 1
    if at >= len(text):
        raise Mistake(f"{where}: a quote is not closed: {text}")
    return bytes(value), at + 1
