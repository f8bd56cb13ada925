"""Replies as transcripts show them, much as redis-cli would, and the comparison with what was expected.

Unlike redis-cli's, the text tells every kind of reply from every other, so that comparing text compares replies.
"""

import re
import zlib

from support import resp

SHOWN_BYTES_MAX = 2048
NAMED = {7: r"\a", 8: r"\b", 9: r"\t", 10: r"\n", 13: r"\r", 34: r"\"", 92: r"\\"}
MATCHER = re.compile(r"\{(?:(\w+):)?(any|int|hex|double|-?\d+\.\.-?\d+)\}")
MARKS = {resp.Set: "~", resp.Push: ">"}
KINDS = {resp.Set: "set", resp.Push: "push", resp.Map: "map"}


def quoted(data):
    if len(data) > SHOWN_BYTES_MAX:
        return f"{quoted(data[:32])}... ({len(data)} bytes, crc32 {zlib.crc32(data):08x})"
    return '"' + "".join(NAMED.get(c) or (chr(c) if 32 <= c < 127 else f"\\x{c:02x}") for c in data) + '"'


def lines_of(reply, unordered=False):
    """The lines of a reply; `unordered` sorts the elements of an outermost collection."""
    if isinstance(reply, resp.Map):
        return _map(reply, unordered)
    if isinstance(reply, list):
        return _elements(reply, unordered)
    return [_scalar(reply)]


def _scalar(reply):
    if reply is None:
        return "(nil)"
    if isinstance(reply, bool):
        return "(true)" if reply else "(false)"
    if isinstance(reply, int):
        return f"(integer) {reply}"
    if isinstance(reply, resp.NilArray):
        return "(nil array)"
    if isinstance(reply, resp.Verbatim):
        return f"(verbatim {reply.format.decode('latin-1')}) {quoted(reply.text)}"
    plain = reply.decode("latin-1") if isinstance(reply, bytes) else ""
    if plain.endswith(" ") and isinstance(reply, (resp.Error, resp.Status)):
        plain = plain[:-1] + r"\x20"  # or editors would take it away
    if isinstance(reply, resp.Error):
        return f"(error) {plain}"
    if isinstance(reply, resp.Double):
        return f"(double) {plain}"
    if isinstance(reply, resp.BigNumber):
        return f"(big number) {plain}"
    return plain if isinstance(reply, resp.Status) else quoted(reply)


def _elements(items, unordered):
    if not items:
        return [f"(empty {KINDS.get(type(items), 'array')})"]
    blocks = [lines_of(item) for item in items]
    mark, width = MARKS.get(type(items), ")"), len(str(len(blocks)))
    lines = []
    for number, block in enumerate(sorted(blocks) if unordered else blocks, 1):
        head = f"{number:>{width}}{mark} "
        lines.append(head + block[0])
        lines += [" " * len(head) + line for line in block[1:]]
    return lines


def _map(pairs, unordered):
    if not pairs:
        return ["(empty map)"]
    blocks = [(lines_of(key)[0], lines_of(value)) for key, value in pairs]
    width = len(str(len(blocks)))
    lines = []
    for number, (key, value) in enumerate(sorted(blocks) if unordered else blocks, 1):
        head = f"{number:>{width}}# "
        if len(value) == 1:
            lines.append(f"{head}{key} => {value[0]}")
        else:
            lines.append(f"{head}{key} =>")
            lines += [" " * (len(head) + 3) + line for line in value]
    return lines


def text_lines_of(reply):
    """The lines within a reply that is text, such as INFO's."""
    text = reply.text if isinstance(reply, resp.Verbatim) else reply
    return text.decode("latin-1").replace("\r\n", "\n").split("\n") if isinstance(text, bytes) else lines_of(reply)


def matches(expected, actual, names):
    """Whether lines are as expected; `...` stands for any lines. Fills `names` from matchers such as {id:int}."""
    for at, line in enumerate(expected):
        if line == "...":
            rest = expected[at + 1:]
            return any(matches(rest, actual[start:], names) for start in range(at, len(actual) + 1))
        if at >= len(actual) or not line_matches(line, actual[at], names):
            return False
    return len(expected) == len(actual)


def line_matches(expected, actual, names):
    parts, at, bounds = [], 0, []
    for match in MATCHER.finditer(expected):
        parts.append(re.escape(expected[at:match.start()]))
        name, kind = match.groups()
        parts.append({"any": "(.*)", "int": r"(-?\d+)", "hex": "([0-9a-f]+)",
                      "double": r"(-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf))"}.get(kind, r"(-?\d+)"))
        bounds.append((name, kind))
        at = match.end()
    found = re.fullmatch("".join(parts) + re.escape(expected[at:]), actual, re.DOTALL)
    if not found:
        return False
    for (name, kind), value in zip(bounds, found.groups()):
        if ".." in kind:
            low, high = map(int, kind.split(".."))
            if not low <= int(value) <= high:
                return False
        if name:
            names[name] = value
    return True


def missing_lines(expected, actual, names):
    """Those expected lines that match none of the actual ones."""
    return [line for line in expected if not any(line_matches(line, other, names) for other in actual)]
