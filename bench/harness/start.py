"""Start and idle state: from the start of the process to its first PONG, and the memory it then holds."""

from .report import median, table, verdict

TITLE = "Start: from the start of the process to the first PONG; idle memory"
START_LIMIT_MS = 50
IDLE_RSS_LIMIT_MB = 10

COLUMNS = [
    ("Server", "server", ""),
    ("First PONG ms", "start_ms", ".1f"),
    ("slowest", "start_ms_max", ".1f"),
    ("Target", "start_target", "d"),
    ("", "start_verdict", ""),
    ("Idle RSS MB", "idle_rss_mb", ".1f"),
    ("Target ", "rss_target", "d"),
    (" ", "rss_verdict", ""),
]


def run(bench):
    starts = {}
    for _ in range(2 * bench.rounds):
        for start in (bench.start_larder, bench.start_peer):
            with start() as server:
                starts.setdefault(server.label, []).append((server.start_ms, server.rss_bytes() / 1e6))
    bench.progress("start")
    return [_row(label, measured) for label, measured in starts.items()]


def show(rows):
    return table(COLUMNS, rows)


def _row(label, measured):
    start_ms = median([ms for ms, _ in measured])
    rss_mb = median([mb for _, mb in measured])
    return {
        "server": label,
        "start_ms": start_ms,
        "start_ms_max": max(ms for ms, _ in measured),
        "start_target": START_LIMIT_MS,
        "start_verdict": verdict(start_ms < START_LIMIT_MS),
        "idle_rss_mb": rss_mb,
        "rss_target": IDLE_RSS_LIMIT_MB,
        "rss_verdict": verdict(rss_mb < IDLE_RSS_LIMIT_MB),
    }
