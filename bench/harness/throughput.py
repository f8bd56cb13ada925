"""Strings: requests a second and server CPU time a request, Larder and the peer in turn."""

from dataclasses import dataclass

from . import pairs
from .report import table

TITLE = "Throughput: GET and SET of 64 B"


@dataclass(frozen=True)
class Setting:
    name: str
    over: str
    connections: int
    pipeline: int
    # Requests per CPU second where Valkey 8.1 is 1: what Larder is to reach, and where Redis 7.0 stands.
    target: float
    redis: float


SETTINGS = [
    Setting("50 connections", "tcp", 50, 1, target=1.2, redis=1.0),
    Setting("50 connections", "unix", 50, 1, target=1.35, redis=0.85),
    Setting("50 connections, pipeline 32", "tcp", 50, 32, target=2.2, redis=0.85),
    Setting("50 connections, pipeline 32", "unix", 50, 32, target=2.2, redis=0.85),
    Setting("one connection", "tcp", 1, 1, target=1.35, redis=1.0),
    Setting("one connection", "unix", 1, 1, target=1.35, redis=1.0),
]
COMMANDS = ["GET {key}", "SET {key} {value}"]

COLUMNS = [("Work", "work", ""), ("Over", "over", ""), *pairs.COLUMNS]


def run(bench):
    rows = []
    with bench.start_larder() as larder, bench.start_peer() as peer:
        for server in (larder, peer):
            bench.load.fill(server, ["SET {key} {value}"], bench.keys)
        product = peer.identity()[0]
        for setting in SETTINGS:
            for command in COMMANDS:
                rows.append(_measure(bench, larder, peer, product, setting, command))
                bench.progress(rows[-1]["work"] + " over " + setting.over)
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _measure(bench, larder, peer, product, setting, command):
    def once(server):
        return bench.load.run(
            server, "closed", [command], over=setting.over, connections=setting.connections,
            pipeline=setting.pipeline, keys=bench.keys, seconds=bench.slice_s, warmup=bench.slice_s / 10)

    base = {"valkey": 1.0, "redis": setting.redis}.get(product)
    target = None if base is None else setting.target / base
    row = {"work": f"{command.split()[0]}, {setting.name}", "over": setting.over}
    return row | pairs.compare(bench.rounds, once, larder, peer, target)
