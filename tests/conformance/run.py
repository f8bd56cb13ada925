#!/usr/bin/env python3
"""Plays transcripts against Larder and against a real redis-server 7.0, in RESP2 and RESP3.

README.md beside this file describes the format. What each case leaves behind in Larder is loaded again from a snapshot
and from the append-only log, and has to be the same. With --record the replies that a transcript lacks are filled in from
redis-server (from Larder in cases that are `larder only`): read them before you commit them.
"""

import argparse
import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import transcript  # noqa: E402: its folder and the one above had to be named first
from player import Failure, Player  # noqa: E402
from support import kept  # noqa: E402
from support.resp import Closed, Connection, Silence  # noqa: E402
from support.servers import LARDER, REDIS, Server  # noqa: E402

SETTINGS = {"larder": {"appendonly": "yes"}, "redis": {}}


def play(path, cases, server, name, recorded):
    """The texts of what failed. What was received for steps that lack replies is added to `recorded`."""
    failures = []
    for case in cases:
        for protocol in case.protocols if name in case.servers else ():
            player = Player(server.port, name, protocol, path)
            try:
                player.play(case)
                if name == "larder" and case.is_loaded_again:
                    check_what_is_kept(server.port)
            except (Failure, Silence, Closed, OSError, ValueError, kept.Lost) as failure:
                failures.append(f"{case.title}: {server.command[0]}, RESP{protocol}: {failure!r}" if not str(failure) else f"{case.title}: {failure}")
            for line_number, lines in player.recorded.items():
                recorded.setdefault(line_number, {})[name, protocol] = lines
    return failures


def check_what_is_kept(port):
    with Connection(port) as connection:
        kept.check(connection)


def missing_replies(cases, recorded):
    """For each step that lacks replies: where they go and the lines to insert."""
    for case in cases:
        source = "redis" if "redis" in case.servers else "larder"
        for step in case.steps:
            received = {p: lines for (name, p), lines in recorded.get(step.line_number, {}).items() if name == source}
            if step.is_answered or not received:
                continue
            if len(received) == 1 or received[2] == received[3]:
                yield step.reply_line, next(iter(received.values()))
            elif step.blocks:  # the label is there without its lines
                yield step.reply_line, ["[resp2, unordered]", *received[2], "[resp3, unordered]", *received[3]]
            else:
                yield step.reply_line, ["[resp2]", *received[2], "[resp3]", *received[3]]


def unanswered(path, cases, recorded):
    for case in cases:
        for step in case.steps:
            if step.line_number in recorded and not step.is_answered:
                yield f"{case.title}: {path}:{step.line_number}: no reply is written; --record fills it in"


def run_file(path, servers, is_recording):
    lines = path.read_text().split("\n")
    cases = transcript.parse(lines, path)
    recorded, failures = {}, []
    for name, server in servers.items():
        failures += play(path, cases, server, name, recorded)
    if not is_recording:
        return failures + list(unanswered(path, cases, recorded))
    for at, inserted in sorted(missing_replies(cases, recorded), reverse=True):
        lines[at:at] = inserted
    path.write_text("\n".join(lines))
    return failures


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path, help="transcripts, or folders of them")
    parser.add_argument("--server", default=LARDER, help="command of Larder (%(default)s)")
    parser.add_argument("--oracle", default=REDIS, help="command of redis-server (%(default)s)")
    parser.add_argument("--only", choices=["larder", "redis"], help="play against one of the two")
    parser.add_argument("--record", action="store_true", help="fill in the replies that are missing")
    return parser.parse_args()


def main():
    options = parse_arguments()
    commands = {"larder": options.server, "redis": options.oracle}
    names = [options.only] if options.only else list(commands)
    paths = [file for path in options.files for file in (sorted(path.rglob("*.txt")) if path.is_dir() else [path])]
    failed = 0
    for path in paths:
        # Servers of its own, so that what one file leaves behind in CONFIG is not the next one's surprise.
        with contextlib.ExitStack() as stack:
            servers = {name: stack.enter_context(Server(commands[name], **SETTINGS[name])) for name in names}
            try:
                failures = run_file(path, servers, options.record)
            except transcript.Mistake as mistake:
                failures = [str(mistake)]
        for failure in failures:
            print(f"{failure}\n")
        failed += bool(failures)
        print(f"{'FAILED' if failures else 'ok'}  {path}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
