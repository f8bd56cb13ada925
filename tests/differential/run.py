#!/usr/bin/env python3
"""Sends the same random commands to Larder and to redis-server 7.0; replies and what is left must be the same.

  run.py                        every group, some seconds each
  run.py --group set list       only these
  run.py --long                 a million commands a group
  run.py --alone                Larder alone, with what chance and time decide: only what it keeps is compared

Groups are those of the command table, from which their commands are derived (derived.py); `written` draws strings,
bitmaps and keys from a table written by hand (generator.py). At the end of each run, and in between where Larder is
alone, its data is loaded again from a snapshot and from the append-only log, and has to be the same. Each seed is a run of its own, and the seed alone repeats
it: --group set --seeds 17 --commands 5000. A failure prints the commands that led to it for the keys concerned.
"""

import argparse
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import derived  # noqa: E402: its folder and the one above had to be named first
import alone  # noqa: E402
import differences  # noqa: E402
import generator  # noqa: E402
from grammar import Grammar  # noqa: E402
from support import kept  # noqa: E402
from support.servers import LARDER, REDIS, Server  # noqa: E402

WRITTEN = "written"
BATCH = 40  # commands a pipeline
STATE_EVERY = 400  # commands between two looks at all keys
HISTORY_SHOWN = 14
HISTORY_MAX = 20_000
SHORT_COMMANDS = 5_000
LONG_COMMANDS = 250_000

LOOKS = {
    b"string": lambda key: [[b"GET", key], [b"STRLEN", key]],
    b"list": lambda key: [[b"LRANGE", key, b"0", b"-1"]],
    b"set": lambda key: [[b"SMEMBERS", key], [b"SCARD", key]],
    b"hash": lambda key: [[b"HGETALL", key], [b"HLEN", key]],
    b"zset": lambda key: [[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"], [b"ZCARD", key]],
    b"stream": lambda key: [[b"XRANGE", key, b"-", b"+"], [b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"]],
}


class Difference(Exception):
    """What differs, and how it came to be."""


def shown(value):
    text = repr(value)
    return text if len(text) <= 2400 else f"{text[:2400]}... ({len(text)} characters)"


def history_of(command, history):
    """The latest commands that name one of the same arguments."""
    names = set(command[1:])
    related = [earlier for earlier in history if names & set(earlier[1:]) or earlier[0] in (b"SELECT", b"SWAPDB")]
    return [f"    {shown(earlier)}" for earlier in related[-HISTORY_SHOWN:]]


class Run:
    """One seed on both servers: what was sent, and how far apart in time the two may have run it."""

    def __init__(self, larder, redis):
        self.servers = (larder, redis)
        self.history = []
        self.lag_s = 0

    def ask(self, commands):
        """The replies of both."""
        began = time.monotonic()
        replies = [server.call_all(commands) for server in self.servers]
        self.lag_s = max(self.lag_s, time.monotonic() - began)
        return replies

    def compare(self, commands):
        """Returns Larder's replies."""
        larder, redis = self.ask(commands)
        self.compare_replies(commands, larder, redis)
        return larder

    def compare_replies(self, commands, larder, redis):
        before = kind = None
        for command, ours, theirs in zip(commands, larder, redis):
            judged = command
            if command == [b"EXEC"] and isinstance(ours, list) and isinstance(theirs, list) and before:
                judged, ours, theirs = before, ours[0], theirs[0]
            is_same = differences.same(judged, ours, theirs, kind, self.lag_s)
            if not is_same and not differences.is_meant(judged, ours, theirs):
                raise Difference("\n".join([
                    f"  {shown(judged)}", f"  larder  {shown(ours)}", f"  redis   {shown(theirs)}", "  after",
                    *history_of(judged, self.history)]))
            self.history.append(command)
            before = command
            kind = ours if command[0] == b"TYPE" else None
        del self.history[:-HISTORY_MAX]

    def compare_states(self, has_loaded=False):
        """Compares all keys of the three databases that commands use; both end in database 0.

        `has_loaded`: Larder has what it loaded from its log, where the encoding is that of the command written there.
        """
        for database in (1, 2, 0):
            found = [replies[1] for replies in self.ask([[b"SELECT", b"%d" % database], [b"KEYS", b"*"]])]
            self.compare_replies([[b"KEYS", b"*"]], [found[0]], [found[1]])
            keys = sorted(found[0])
            types = self.ask([[b"TYPE", key] for key in keys])[0]
            looks = [look for key, kind in zip(keys, types) for look in looks_at(key, bytes(kind))]
            self.compare([look for look in looks if not has_loaded or look[0] != b"OBJECT"])
        self.history.append([b"SELECT", b"0"])


def looks_at(key, kind):
    return [[b"TYPE", key], [b"PTTL", key], [b"OBJECT", b"ENCODING", key], *LOOKS.get(kind, lambda _: [])(key)]


def batches(draw, commands_max):
    """Lists of about BATCH commands; what was drawn together stays together."""
    drawn = 0
    while drawn < commands_max:
        batch = []
        while len(batch) < BATCH:
            batch += draw()
        drawn += len(batch)
        yield batch


def run_seed(draw, commands_max, larder, redis, protocol):
    run = Run(larder, redis)
    run.ask([["HELLO", protocol], ["FLUSHALL"], ["SELECT", 0]])
    since_state = 0
    for commands in batches(draw, commands_max):
        run.compare(commands)
        since_state += len(commands)
        if since_state >= STATE_EVERY:
            run.compare_states()
            since_state = 0
    run.compare_states()
    kept.check(larder)
    run.compare_states(has_loaded=True)


def run_seed_alone(draw, commands_max, larder, protocol):
    larder.call_all([["HELLO", protocol], ["FLUSHALL"], ["SELECT", 0]])
    history = []
    for number, commands in enumerate(batches(draw, commands_max)):
        larder.call_all(commands)
        history += commands
        time.sleep(0.002)
        if number % 10 != 9:
            continue
        try:
            if number % 40 == 39:
                kept.rewrite(larder, with_preamble=number % 80 == 79)
            kept.check(larder)
        except kept.Lost as lost:
            related = [f"    {shown(command)}" for command in history[-HISTORY_MAX:]
                       if any(argument in str(lost).encode("latin-1", "replace") for argument in command[1:4] if argument[-2:-1] == b":")]
            raise Difference("\n".join([str(lost), "  after", *related[-4 * HISTORY_SHOWN:]])) from lost
    kept.check(larder)


def read_grammar(ours, theirs):
    with ours.connect() as larder, theirs.connect() as redis:
        for server in (larder, redis):
            server.call("HELLO", 3)
        return Grammar(larder, redis)


def drawer(group, grammar, seed):
    if group == WRITTEN:
        written = generator.Generator(random.Random(seed))
        return lambda: [written.draw()]
    return derived.Generator(random.Random(seed), grammar, group).draw


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=LARDER, help="command of Larder (%(default)s)")
    parser.add_argument("--oracle", default=REDIS, help="command of redis-server (%(default)s)")
    parser.add_argument("--alone", action="store_true", help="without another server")
    parser.add_argument("--group", nargs="+", help="only these groups")
    parser.add_argument("--seeds", type=int, nargs="+", help="these instead of 1, 2, 3 and a random one")
    parser.add_argument("--commands", type=int, help=f"commands a seed ({SHORT_COMMANDS}, or {LONG_COMMANDS} if long)")
    parser.add_argument("--long", action="store_true", help="a million commands a group")
    return parser.parse_args()


def main_alone(options, seeds, commands):
    failed = False
    with Server(options.server, appendonly="yes") as server:
        grammar = read_grammar(server, server)
        for group in options.group or alone.AloneGenerator.groups(grammar):
            for seed in seeds:
                protocol = 2 + seed % 2
                draw = alone.AloneGenerator(random.Random(seed), grammar, group).draw
                try:
                    with server.connect() as larder:
                        run_seed_alone(draw, commands, larder, protocol)
                    print(f"ok      {group} alone, seed {seed}, RESP{protocol}: {commands} commands", flush=True)
                except (Difference, kept.Lost) as difference:
                    failed = True
                    print(f"FAILED  {group} alone, seed {seed}, RESP{protocol}:\n{difference}", flush=True)
    return failed


def main():
    options = parse_arguments()
    seeds = options.seeds or [1, 2, 3, random.SystemRandom().randrange(1 << 32)]
    commands = options.commands or (LONG_COMMANDS if options.long else SHORT_COMMANDS)
    if options.alone:
        sys.exit(1 if main_alone(options, seeds, commands) else 0)
    failed = False
    with Server(options.server, appendonly="yes") as ours, Server(options.oracle) as theirs:
        grammar = read_grammar(ours, theirs)
        for group in options.group or [WRITTEN, *derived.Generator.groups(grammar)]:
            for seed in seeds:
                protocol = 2 + seed % 2
                try:
                    with ours.connect() as larder, theirs.connect() as redis:
                        run_seed(drawer(group, grammar, seed), commands, larder, redis, protocol)
                    print(f"ok      {group}, seed {seed}, RESP{protocol}: {commands} commands", flush=True)
                except (Difference, kept.Lost) as difference:
                    failed = True
                    print(f"FAILED  {group}, seed {seed}, RESP{protocol}:\n{difference}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
