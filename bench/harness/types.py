"""Collections: commands on one element, pipelined, and commands that read or make many elements at once."""

from dataclasses import dataclass

from . import pairs
from .report import table

TITLE = "Types: commands on one element (50 connections, pipeline of 16), and on many (4 connections, pipeline of 4)"

# Requests per CPU second, redis-server 7.0's being 1.
POINT_TARGET = 1.7
WHOLE_TARGET = 1.3
COLLECTIONS = 100_000


@dataclass(frozen=True)
class Work:
    """Commands that are timed, after others, each sent `count` times, made the data; None: the same ones."""
    name: str
    commands: list
    making: list | None = None
    count: int = COLLECTIONS


POINT = [
    Work("HSET of 10 fields", ["HSET {key} field:{rand:1} {value:16}"]),
    Work("HGET of 10 fields", ["HGET {key} field:{rand:1}"],
         ["HSET {key}" + "".join(f" field:{i} {{value:16}}" for i in range(10))]),
    Work("HGET of a million fields", ["HGET hash field:{rand:6}"], ["HSET hash field:{seq:6} {value:16}"], 1_000_000),
    Work("SADD, ten texts", ["SADD {key} member:{rand:1}"]),
    Work("SADD, a hundred integers", ["SADD {key} {int:2}"]),
    Work("SISMEMBER of a million", ["SISMEMBER set member:{rand:6}"], ["SADD set member:{seq:6}"], 1_000_000),
    Work("ZADD of 10 members", ["ZADD {key} {int:4} member:{rand:1}"]),
    Work("ZADD of a million", ["ZADD sorted {int:8} member:{rand:6}"], ["ZADD sorted {rand:8} member:{seq:6}"], 1_000_000),
    Work("ZRANK of a million", ["ZRANK sorted member:{rand:6}"], ["ZADD sorted {rand:8} member:{seq:6}"], 1_000_000),
    Work("LPUSH and RPOP", ["LPUSH {key} {value:16}", "RPOP {key}"]),
    Work("XADD of one field", ["XADD {key} * field {value:16}"]),
]

WHOLE = [
    Work("SINTER of two sets of a million", ["SINTER set other"],
         ["SADD set member:{seq:7}", "SADD other member:{rand:7}"], 1_000_000),
    Work("SINTER, a million integers", ["SINTER set other"], ["SADD set {seq:7}", "SADD other {int:7}"], 1_000_000),
    Work("ZUNIONSTORE of two of 100,000", ["ZUNIONSTORE to 2 one two"],
         ["ZADD one {rand:6} member:{seq:6}", "ZADD two {rand:6} member:{rand:6}"], 100_000),
    Work("SORT of 100,000 numbers", ["SORT list"], ["RPUSH list {rand:8}"], 100_000),
    Work("SORT ALPHA of 100,000", ["SORT list ALPHA"], ["RPUSH list text:{rand:8}"], 100_000),
    Work("LRANGE of 1,000", ["LRANGE list 0 999"], ["RPUSH list {value:16}"], 10_000),
    Work("HGETALL of 100 fields", ["HGETALL hash"], ["HSET hash field:{seq:4} {value:16}"], 100),
    Work("HGETALL of 10,000 fields", ["HGETALL hash"], ["HSET hash field:{seq:6} {value:16}"], 10_000),
    Work("ZRANGEBYSCORE of 1,000", ["ZRANGEBYSCORE sorted 5{rand:3} +inf LIMIT 0 1000 WITHSCORES"],
         ["ZADD sorted {seq:4} member:{seq:6}"], 10_000),
    Work("XRANGE of 1,000", ["XRANGE stream - + COUNT 1000"], ["XADD stream * field {value:16}"], 10_000),
]

COLUMNS = [("Work", "work", ""), *pairs.COLUMNS]


def run(bench):
    rows = []
    with bench.start_larder() as larder, bench.start_peer() as peer:
        target = POINT_TARGET if peer.identity()[0] == "redis" else None
        for work in POINT:
            rows.append(_measure(bench, larder, peer, work, target, connections=50, pipeline=16))
        target = WHOLE_TARGET if peer.identity()[0] == "redis" else None
        for work in WHOLE:
            rows.append(_measure(bench, larder, peer, work, target, connections=4, pipeline=4))
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _measure(bench, larder, peer, work, target, **load):
    for server in (larder, peer):
        with server.client() as client:
            client.call("FLUSHALL")
        for command in work.making or work.commands:
            bench.load.fill(server, [command], work.count)

    def once(server):
        return bench.load.run(server, "closed", work.commands, keys=COLLECTIONS, seconds=bench.slice_s,
                              warmup=bench.slice_s / 10, **load)

    row = {"work": work.name} | pairs.compare(bench.rounds, once, larder, peer, target)
    bench.progress(work.name)
    return row
