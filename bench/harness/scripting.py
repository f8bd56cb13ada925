"""Scripts of five calls, Larder and the peer in turn: the target is for a server that is Redis 7.0."""

from . import pairs
from .report import table

TITLE = "Scripts: five calls with two keys and two arguments"
TARGET = 1.5

# A rate limiter that remembers its last caller.
BODY = """local calls = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'last', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'calls', 1)
return {calls, redis.call('HGET', KEYS[2], 'last')}"""
LIBRARY = f"""#!lua name=bench
redis.register_function('limit', function(KEYS, ARGV)
{BODY}
end)"""
ARGUMENTS = "2 {key} callers:{rand:4} 60 {seq:9}"


COLUMNS = [("Work", "work", ""), *pairs.COLUMNS]


def run(bench):
    rows = []
    with bench.start_larder() as larder, bench.start_peer() as peer:
        sha = [_prepare(server) for server in (larder, peer)][0]
        target = TARGET if peer.identity()[0] == "redis" else None
        for command in (f"EVALSHA {sha} {ARGUMENTS}", f"FCALL limit {ARGUMENTS}"):
            for pipeline in (1, 16):
                rows.append(_measure(bench, larder, peer, command, pipeline, target))
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _measure(bench, larder, peer, command, pipeline, target):
    def once(server):
        return bench.load.run(server, "closed", [command], connections=50, pipeline=pipeline,
                              keys=bench.keys, seconds=bench.slice_s, warmup=bench.slice_s / 10)

    name = f"{command.split()[0]}, 50 connections, pipeline {pipeline}"
    bench.progress(name)
    return {"work": name} | pairs.compare(bench.rounds, once, larder, peer, target)


def _prepare(server):
    with server.client() as client:
        client.call("FUNCTION", "LOAD", LIBRARY)
        return client.call("SCRIPT", "LOAD", BODY).decode()
