"""Memory an item costs beyond its payload, for the shapes that caches hold, from the growth of used_memory.

A payload is the key and the value, or the members with 8 bytes for each score.
"""

import time
from dataclasses import dataclass

from .load import ErrorReplies
from .report import table, verdict

TITLE = "Memory: bytes of used_memory an item costs beyond its payload, a million items"
ITEMS = 1_000_000
KEY = 16
SETTLE_S = 2  # allocators give freed pages back with some delay
RSS_LIMIT = 1.12  # of used_memory


@dataclass(frozen=True)
class Shape:
    name: str
    command: str
    payload: int
    target: int


def _repeat(command, argument, count):
    return command + f" {argument}" * count


SHAPES = [
    Shape("string, 16 B key, 32 B value", "SET {key} {value:32}", KEY + 32, 20),
    Shape("the same with a TTL", "SET {key} {value:32} EX 86400", KEY + 32, 27),
    Shape("string, 16 B key, integer value", "SET {key} {int:10}", KEY + 8, 18),
    Shape("string, 16 B key, 200 B value", "SET {key} {value:200}", KEY + 200, 32),
    Shape("hash of 5 fields (6 B name, 10 B value)",
          "HSET {key}" + "".join(f" field{i} {{value:10}}" for i in range(5)), KEY + 5 * 16, 40),
    Shape("set of 10 integers", _repeat("SADD {key}", "{int:9}", 10), KEY + 10 * 8, -10),
    Shape("sorted set of 10 (12 B member)",
          _repeat("ZADD {key}", "{int:3} m{rand:11}", 10), KEY + 10 * (12 + 8), 0),
    Shape("list of 10 (12 B items)", _repeat("RPUSH {key}", "{value:12}", 10), KEY + 10 * 12, 40),
    Shape("one big sorted set, per member", "ZADD big {int:9} m{seq:11}", 12 + 8, 28),
    Shape("one big hash (16 B field, 32 B value), per field", "HSET big {seq:16} {value:32}", 48, 22),
    Shape("one big set (16 B members), per member", "SADD big {seq:16}", 16, 18),
]

COLUMNS = [
    ("Shape", "shape", ""),
    ("Larder", "larder", ".1f"),
    ("Target", "target", "d"),
    ("", "verdict", ""),
    ("Peer", "peer", ".1f"),
    ("Larder's RSS/used", "larder_rss_ratio", ".2f"),
    ("Peer's RSS/used", "peer_rss_ratio", ".2f"),
    ("Note", "note", ""),
]


def run(bench):
    rows = []
    for shape in SHAPES:
        row = {"shape": shape.name, "target": shape.target}
        for start in (bench.start_larder, bench.start_peer):
            with start() as server:
                _measure(bench, server, shape, row)
        if row.get("larder") is not None:
            row["verdict"] = verdict(row["larder"] <= shape.target)
        rows.append(row)
        bench.progress(shape.name)
    return rows


def show(rows):
    limit = f"RSS is to stay under {RSS_LIMIT} of used_memory (growth since start on both sides)."
    return table(COLUMNS, rows) + "\n\n" + limit


def _measure(bench, server, shape, row):
    def used_bytes():
        with server.client() as client:
            return int(client.info("memory")["used_memory"])

    used_before, rss_before = used_bytes(), server.rss_bytes()
    try:
        bench.load.fill(server, [shape.command], ITEMS)
    except ErrorReplies as failure:
        row["note"] = "skipped: " + str(failure).split(",", maxsplit=1)[0]
        return
    time.sleep(SETTLE_S)
    used = used_bytes() - used_before
    row[server.label] = used / ITEMS - shape.payload
    row[server.label + "_rss_ratio"] = (server.rss_bytes() - rss_before) / used
