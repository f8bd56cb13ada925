"""Server CPU time of what goes beyond one command of one client: messages to many, and transactions."""

from dataclasses import dataclass

from .report import median, table, verdict

TITLE = "Messaging: PUBLISH to many subscribers, transactions"
SETS = 10


@dataclass(frozen=True)
class Work:
    name: str
    commands: tuple
    requests: int  # that make up one of what is counted
    target: float  # beside Redis 7.0
    options: dict


WORKS = [
    Work("PUBLISH of 64 B to 1,000 subscribers", ("PUBLISH channel {value}",), 1, 1.2,
         {"connections": 1, "subscribers": 1000, "publish_on": True}),
    Work("the same, each when all have the one before", ("PUBLISH channel {value}",), 1, 1.2,
         {"connections": 1, "subscribers": 1000}),
    Work(f"MULTI, {SETS} SETs, EXEC; 50 connections, pipeline of 16",
         ("MULTI",) + ("SET {key} {value}",) * SETS + ("EXEC",), SETS + 2, 1.7,
         {"connections": 50, "pipeline": 16 * (SETS + 2), "in_order": True}),
]

COLUMNS = [
    ("Work", "work", ""),
    ("Over", "over", ""),
    ("CPU µs", "cpu_us", ",.1f"),
    ("peer's", "peer_cpu_us", ",.1f"),
    ("Per CPU s", "cpu_ratio", ".2f"),
    ("from", "cpu_ratio_min", ".2f"),
    ("to", "cpu_ratio_max", ".2f"),
    ("Target", "target", ".2f"),
    ("", "verdict", ""),
]


def run(bench):
    rows = []
    with bench.start_larder() as larder, bench.start_peer() as peer:
        product = peer.identity()[0]
        for work in WORKS:
            for over in ("tcp", "unix"):
                rows.append(_measure(bench, larder, peer, product, work, over))
                bench.progress(work.name + " over " + over)
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _measure(bench, larder, peer, product, work, over):
    def once(server):
        result = bench.load.run(server, "closed", work.commands, over=over, keys=bench.keys,
                                seconds=bench.slice_s, warmup=bench.slice_s / 10, **work.options)
        return result["server_cpu_ns_per_request"] * work.requests / 1000

    pairs = [(once(larder), once(peer)) for _ in range(bench.rounds)]
    ratios = [theirs / ours for ours, theirs in pairs]
    row = {
        "work": work.name,
        "over": over,
        "cpu_us": median([ours for ours, _ in pairs]),
        "peer_cpu_us": median([theirs for _, theirs in pairs]),
        "cpu_ratio": median(ratios),
        "cpu_ratio_min": min(ratios),
        "cpu_ratio_max": max(ratios),
    }
    if product == "redis":
        row["target"] = work.target
        row["verdict"] = verdict(row["cpu_ratio"] >= row["target"])
    return row
