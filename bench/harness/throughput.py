"""Requests a second and server CPU time a request, Larder and the peer in turn; medians of the rounds' ratios.

CPU time is the figure to trust: requests a second also move with what else the machine does.
"""

from dataclasses import dataclass

from .report import median, table, verdict

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

COLUMNS = [
    ("Work", "work", ""),
    ("Over", "over", ""),
    ("CPU ns", "cpu_ns", ",.0f"),
    ("peer's", "peer_cpu_ns", ",.0f"),
    ("Requests per CPU s", "cpu_ratio", ".2f"),
    ("from", "cpu_ratio_min", ".2f"),
    ("to", "cpu_ratio_max", ".2f"),
    ("Target", "target", ".2f"),
    ("", "verdict", ""),
    ("Requests/s", "requests_per_second", ",.0f"),
    ("Ratio", "rate_ratio", ".2f"),
]


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

    pairs = [(once(larder), once(peer)) for _ in range(bench.rounds)]
    cpu = "server_cpu_ns_per_request"
    rate = "requests_per_second"
    cpu_ratios = [theirs[cpu] / ours[cpu] for ours, theirs in pairs]
    row = {
        "work": f"{command.split()[0]}, {setting.name}",
        "over": setting.over,
        "cpu_ns": median([ours[cpu] for ours, _ in pairs]),
        "peer_cpu_ns": median([theirs[cpu] for _, theirs in pairs]),
        "cpu_ratio": median(cpu_ratios),
        "cpu_ratio_min": min(cpu_ratios),
        "cpu_ratio_max": max(cpu_ratios),
        "requests_per_second": median([ours[rate] for ours, _ in pairs]),
        "rate_ratio": median([ours[rate] / theirs[rate] for ours, theirs in pairs]),
        "server_busy": median([ours["server_busy"] for ours, _ in pairs]),
    }
    base = {"valkey": 1.0, "redis": setting.redis}.get(product)
    if base is not None:
        row["target"] = setting.target / base
        row["verdict"] = verdict(row["cpu_ratio"] >= row["target"])
    return row
