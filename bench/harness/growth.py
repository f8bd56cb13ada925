"""Stalls of a growing table: millions of new keys in batches, and single GETs beside them, each of them timed."""

from .report import table, verdict

TITLE = "Growth: new keys (16 B, 32 B value) in batches of 16, single GETs timed beside them"
KEYS = 20_000_000
KEYS_QUICK = 2_000_000
LIMIT_US = 1000

COLUMNS = [
    ("Server", "server", ""),
    ("Keys", "keys", ",d"),
    ("Seconds", "seconds", ".1f"),
    ("GETs", "count", ",d"),
    ("p50 µs", "p50_us", ",.0f"),
    ("p99.9 µs", "p999_us", ",.0f"),
    ("Over 1 ms", "over_1_ms", "d"),
    ("not preempted", "over_1_ms_own", "d"),
    ("Longest µs", "longest_us", ",.0f"),
    ("Longest not preempted µs", "longest_own_us", ",.0f"),
    ("at keys", "longest_own_keys", ",d"),
    ("Target", "target", ",d"),
    ("", "verdict", ""),
]


def run(bench):
    keys = KEYS_QUICK if bench.is_quick else KEYS
    rows = []
    for start in (bench.start_larder, bench.start_peer):
        with start() as server:
            result = bench.load.run(server, "growth", ["SET {key} {value}", "GET {key}"], keys=keys,
                                    value_bytes=32, pipeline=16)
        rows.append(_row(server, result))
        bench.progress("growth of " + server.label)
    return rows


def show(rows):
    return table(COLUMNS, rows) + (
        "\n\nA request counts as preempted for the time that the server or the generator was ready to run "
        "but other work had its CPU.")


def _row(server, result):
    longest_own = result["worst_not_preempted"][0]
    longest_own_us = longest_own["us"] - longest_own["preempted_us"]
    return {
        "server": server.label,
        "keys": result["keys"],
        "seconds": result["seconds"],
        **result["probe_latency"],
        "over_1_ms": result["over_1_ms"],
        "over_1_ms_own": result["over_1_ms_not_preempted"],
        "longest_us": result["worst"][0]["us"],
        "longest_own_us": longest_own_us,
        "longest_own_keys": longest_own["keys"],
        "worst": result["worst"],
        "worst_not_preempted": result["worst_not_preempted"],
        "target": LIMIT_US,
        "verdict": verdict(longest_own_us <= LIMIT_US),
    }
