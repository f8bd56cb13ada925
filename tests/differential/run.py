#!/usr/bin/env python3
"""Sends the same random commands to Larder and to redis-server 7.0; replies and what is left must be the same.

Each seed is a run of its own, and the seed alone repeats it: --seeds 17 --commands 5000. A failure prints the commands
that led to it for the keys concerned.
"""

import argparse
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import differences  # noqa: E402: its folder and the one above had to be named first
from generator import Generator  # noqa: E402
from support.servers import LARDER, REDIS, Server  # noqa: E402

BATCH = 40  # commands a pipeline
STATE_EVERY = 400  # commands between two looks at all keys
HISTORY_SHOWN = 12


class Difference(Exception):
    """What differs, and how it came to be."""


def shown(value):
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:160]}... ({len(text)} characters)"


def history_of(command, history):
    """The latest commands that name one of the same arguments."""
    names = set(command[1:])
    related = [earlier for earlier in history if names & set(earlier[1:]) or earlier[0] in (b"SELECT", b"SWAPDB")]
    return [f"    {shown(earlier)}" for earlier in related[-HISTORY_SHOWN:]]


def compare_replies(commands, larder, redis, history):
    for command, ours, theirs in zip(commands, larder, redis):
        if not differences.same(command, ours, theirs) and not differences.is_meant(command, ours, theirs):
            raise Difference("\n".join([
                f"  {shown(command)}", f"  larder  {shown(ours)}", f"  redis   {shown(theirs)}", "  after",
                *history_of(command, history)]))
        history.append(command)


def compare_states(larder, redis, history):
    """Compares all keys of the three databases that the generator uses; both end in database 0."""
    for database in (1, 2, 0):
        select = [b"SELECT", b"%d" % database]
        found = [server.call_all([select, [b"KEYS", b"*"]])[1] for server in (larder, redis)]
        compare_replies([[b"KEYS", b"*"]], [found[0]], [found[1]], history)
        looks = [[look, key] for key in sorted(found[0]) for look in (b"TYPE", b"GET", b"PTTL", b"STRLEN")]
        compare_replies(looks, larder.call_all(looks), redis.call_all(looks), history)
    history.append([b"SELECT", b"0"])


def run_seed(seed, commands_max, larder, redis, protocol):
    generator = Generator(random.Random(seed))
    history = []
    for server in (larder, redis):
        server.call_all([["HELLO", protocol], ["FLUSHALL"], ["SELECT", 0]])
    for start in range(0, commands_max, BATCH):
        commands = [generator.draw() for _ in range(min(BATCH, commands_max - start))]
        compare_replies(commands, larder.call_all(commands), redis.call_all(commands), history)
        if start % STATE_EVERY < BATCH:
            compare_states(larder, redis, history)
    compare_states(larder, redis, history)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=LARDER, help="command of Larder (%(default)s)")
    parser.add_argument("--oracle", default=REDIS, help="command of redis-server (%(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", help="these instead of 1, 2, 3 and a random one")
    parser.add_argument("--commands", type=int, default=5000, help="commands a seed (%(default)s)")
    return parser.parse_args()


def main():
    options = parse_arguments()
    seeds = options.seeds or [1, 2, 3, random.SystemRandom().randrange(1 << 32)]
    failed = False
    with Server(options.server) as ours, Server(options.oracle) as theirs:
        for seed in seeds:
            protocol = 2 + seed % 2
            try:
                with ours.connect() as larder, theirs.connect() as redis:
                    run_seed(seed, options.commands, larder, redis, protocol)
                print(f"ok      seed {seed}, RESP{protocol}: {options.commands} commands", flush=True)
            except Difference as difference:
                failed = True
                print(f"FAILED  seed {seed}, RESP{protocol}:\n{difference}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
