"""Latency at a fixed rate: requests start by a timetable (Poisson), and each counts from its scheduled instant."""

from .report import median, table, verdict

TITLE = "Latency: 100,000 requests a second, 80 % GET and 20 % SET of 64 B, 50 connections"
RATE = 100_000
P99_LIMIT_US = {"get": 500, "set": 1000}
BUSY_SHARE = 0.01  # of the time; a server that waits longer for its CPU shows the machine, not itself
QUANTILES = ["p50_us", "p99_us", "p999_us", "max_us"]

COLUMNS = [
    ("Server", "server", ""),
    ("Command", "command", ""),
    ("Over", "over", ""),
    ("p50 µs", "p50_us", ",.0f"),
    ("p99 µs", "p99_us", ",.0f"),
    ("Target", "target", ",d"),
    ("", "verdict", ""),
    ("p99.9 µs", "p999_us", ",.0f"),
    ("max µs", "max_us", ",.0f"),
    ("Generator's p99 lateness µs", "lateness_p99_us", ",.0f"),
    ("Server waited for its CPU", "server_run_queue_share", ".1%"),
]


def run(bench):
    rows = []
    with bench.start_larder() as larder, bench.start_peer() as peer:
        for server in (larder, peer):
            bench.load.fill(server, ["SET {key} {value}"], bench.keys)
        for over in ("tcp", "unix"):
            results = {larder: [], peer: []}
            for _ in range(bench.rounds):
                for server, list_of_runs in results.items():
                    list_of_runs.append(_once(bench, server, over))
            for server, list_of_runs in results.items():
                rows += [_row(server, command, over, list_of_runs) for command in ("get", "set")]
            bench.progress("latency over " + over)
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _once(bench, server, over):
    return bench.load.run(server, "open", ["GET {key}", "SET {key} {value}"], over=over, weight=[4, 1],
                          rate=RATE, keys=bench.keys, seconds=2 * bench.slice_s, warmup=bench.slice_s / 5)


def _row(server, command, over, results):
    row = {"server": server.label, "command": command.upper(), "over": over,
           "target": P99_LIMIT_US[command]}
    for quantile in QUANTILES:
        row[quantile] = median([result["latency"][command][quantile] for result in results])
    row["lateness_p99_us"] = median([result["generator_lateness"]["p99_us"] for result in results])
    row["server_run_queue_share"] = median(
        [result["server_run_queue_ms"] / 1000 / result["seconds"] for result in results])
    is_busy = row["server_run_queue_share"] > BUSY_SHARE
    row["verdict"] = "machine busy" if is_busy else verdict(row["p99_us"] <= row["target"])
    return row
