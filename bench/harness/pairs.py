"""One load against both servers in turn, and what of the rounds goes into a row: medians, and the ratios' extremes.

CPU time is the figure to trust: requests a second also move with what else the machine does.
"""

from .report import median, verdict

COLUMNS = [
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


def compare(rounds, once, larder, peer, target=None):
    """`once(server)` runs the load and returns its result; `target` is the least ratio of requests per CPU second."""
    pairs = [(once(larder), once(peer)) for _ in range(rounds)]
    cpu = "server_cpu_ns_per_request"
    rate = "requests_per_second"
    cpu_ratios = [theirs[cpu] / ours[cpu] for ours, theirs in pairs]
    row = {
        "cpu_ns": median([ours[cpu] for ours, _ in pairs]),
        "peer_cpu_ns": median([theirs[cpu] for _, theirs in pairs]),
        "cpu_ratio": median(cpu_ratios),
        "cpu_ratio_min": min(cpu_ratios),
        "cpu_ratio_max": max(cpu_ratios),
        "requests_per_second": median([ours[rate] for ours, _ in pairs]),
        "rate_ratio": median([ours[rate] / theirs[rate] for ours, theirs in pairs]),
        "server_busy": median([ours["server_busy"] for ours, _ in pairs]),
    }
    if target is not None:
        row["target"] = target
        row["verdict"] = verdict(row["cpu_ratio"] >= target)
    return row
