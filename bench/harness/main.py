"""The command line of scripts/bench: which servers, which groups, how long; then tables and a JSON file."""

import argparse
import datetime
import json
import os
import pathlib
import shlex
import subprocess
import sys

from . import (
    compression, eviction, expiry, freeing, growth, latency, memory, memory_limit, messaging, persistence, report, scale,
    scripting, start, throughput, tracking, types,
)
from .load import Load, LoadFailure
from .servers import Place, Server, ServerFailure, end_on_signals

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "build/release"
GROUPS = {"throughput": throughput, "types": types, "memory": memory, "latency": latency, "growth": growth,
          "start": start, "freeing": freeing, "messaging": messaging, "memory_limit": memory_limit,
          "expiry": expiry, "persistence": persistence,
          "scripting": scripting, "tracking": tracking, "compression": compression, "eviction": eviction,
          "scale": scale}
ONLY_IF_NAMED = {"scale", "eviction", "expiry", "memory_limit"}  # take minutes, and scale gigabytes


class Bench:
    """What a group needs: servers, the load, how many rounds of how many seconds."""

    def __init__(self, options):
        self.rounds = options.rounds or (3 if options.quick else 7)
        self.slice_s = 0.3 if options.quick else 1.0
        self.is_quick = options.quick
        self.is_full = options.full
        self._server_command = options.server
        self._peer_command = options.peer
        self.keys = options.keys
        self.replay = pathlib.Path(options.replay).resolve()
        server_cpu, load_cpu = _choose_cpus(options.cpus)
        self._server_place = Place(server_cpu, options.nice)
        self.load = Load(options.load, Place(load_cpu, options.nice))

    def start_larder(self, prefix="", arguments="", **options):
        return self._start("larder", prefix + self._server_command + arguments, **options)

    def start_peer(self, prefix="", arguments="", **options):
        return self._start("peer", prefix + self._peer_command + arguments, **options)

    def _start(self, label, command, is_pinned=True, **options):
        """A server that is not pinned shares all CPUs with its threads and children."""
        place = self._server_place if is_pinned else Place(None, self._server_place.nice)
        return Server(label, command, place, **options)

    def identities(self):
        names = []
        for start_server in (self.start_larder, self.start_peer):
            with start_server() as server:
                product, version = server.identity()
                names.append({"label": server.label, "product": product, "version": version,
                              "command": server.command.replace(f"{ROOT}/", "")})
        return names

    @staticmethod
    def progress(text):
        print(f"  {text}", file=sys.stderr, flush=True)


def _choose_cpus(text):
    """The server's CPU and the generator's; neither where there is one CPU only."""
    if text:
        server_cpu, load_cpu = (int(cpu) for cpu in text.split(","))
        return server_cpu, load_cpu
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)


def _parse():
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Compares Larder with another RESP server: both on this machine, in this run, in turn.",
        epilog="Example: scripts/bench throughput memory --peer 'valkey-server' --json out.json")
    parser.add_argument("groups", nargs="*", metavar="GROUP",
                        help=f"of {', '.join(GROUPS)}; default: all but eviction and scale")
    parser.add_argument("--scale", action="store_true", help="the group scale alone: a hundred million keys")
    parser.add_argument("--server", default=str(BUILT / "larder-server"), metavar="COMMAND",
                        help="Larder's command (default: build/release/larder-server)")
    parser.add_argument("--peer", default="redis-server", metavar="COMMAND",
                        help="the other server's command (default: redis-server)")
    parser.add_argument("--load", default=str(BUILT / "larder-load"), metavar="PROGRAM",
                        help="the load generator (default: build/release/larder-load)")
    parser.add_argument("--replay", default=str(BUILT / "larder-replay"), metavar="PROGRAM",
                        help="what eviction replays traces with (default: build/release/larder-replay)")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of A and B (default: 7; with --quick 3)")
    parser.add_argument("--quick", action="store_true", help="short rounds: for a first look, not for the record")
    parser.add_argument("--full", action="store_true", help="all cells of eviction, not a third of them")
    parser.add_argument("--keys", type=int, default=1_000_000, metavar="N",
                        help="different keys of throughput and latency (default: a million)")
    parser.add_argument("--nice", type=int, default=0, metavar="N",
                        help="niceness of servers and load; below 0 (root) where the machine does other work too")
    parser.add_argument("--cpus", metavar="S,L", help="the CPUs of the server and of the load (default: the first two)")
    parser.add_argument("--json", metavar="FILE", help="write the results, with facts about the host, to FILE")
    options = parser.parse_args()
    unknown = [name for name in options.groups if name not in GROUPS]
    if unknown:
        parser.error(f"unknown group {unknown[0]}; there are {', '.join(GROUPS)}")
    if options.scale:
        options.groups.append("scale")
    options.groups = options.groups or [name for name in GROUPS if name not in ONLY_IF_NAMED]
    return options


def _build(options):
    """Makes those of the programs that are this tree's own: larder-replay is part of no other build."""
    programs = [options.server, options.load] + ([options.replay] if "eviction" in options.groups else [])
    targets = [pathlib.Path(program).name for program in programs if pathlib.Path(program).parent == BUILT]
    if targets and subprocess.run([ROOT / "scripts/build", "release", *targets], stdout=sys.stderr).returncode != 0:
        raise ServerFailure("the build failed")


def _run(options):
    bench = Bench(options)
    result = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": _reproducible_command(),
        "host": report.host(),
        "servers": bench.identities(),
        "rounds": bench.rounds,
        "groups": {},
    }
    larder, peer = result["servers"]
    print(f"{larder['product']} {larder['version']} beside {peer['product']} {peer['version']} on "
          f"{result['host']['cpu']}, {result['host']['cpus']} CPUs, Linux {result['host']['kernel']}")
    for name in options.groups:
        group = GROUPS[name]
        rows = group.run(bench)
        result["groups"][name] = {"title": group.TITLE, "rows": rows}
        print(f"\n### {group.TITLE}\n\n{group.show(rows)}", flush=True)
    return result


def _reproducible_command():
    return shlex.join(["scripts/bench"] + sys.argv[1:])


def main():
    options = _parse()
    end_on_signals()
    try:
        _build(options)
        result = _run(options)
    except (ServerFailure, LoadFailure) as failure:
        print(f"scripts/bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(_rounded(result), indent=1) + "\n", encoding="utf-8")
    return 0


def _rounded(value):
    """Four significant digits: more would be noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
