"""A hundred million keys: what they weigh, and what clients wait while they are served, expire, are evicted and go."""

import threading
import time

from .report import table, verdict

TITLE = "Scale: keys of 16 B with values of 8 B, and 100,000 GETs a second beside what happens to them"
KEYS = 100_000_000
KEYS_QUICK = 4_000_000
EXPIRING = 1_000_000
EXPIRY_LIMIT_S = 2.0
RATE = 100_000
P99_LIMIT_US = 1000
BYTES_PER_KEY_LIMIT = 50  # of RSS: 5 GB for 100 million
EVICTED_SHARE = 0.02
SECONDS = 6

COLUMNS = [
    ("Step", "step", ""),
    ("Keys", "keys", ",d"),
    ("Seconds", "seconds", ".1f"),
    ("RSS bytes a key", "rss_per_key", ".1f"),
    ("GET p50 µs", "p50_us", ",.0f"),
    ("p99 µs", "p99_us", ",.0f"),
    ("p99.9 µs", "p999_us", ",.0f"),
    ("Target", "target", ""),
    ("", "verdict", ""),
]


def run(bench):
    keys = KEYS_QUICK if bench.is_quick else KEYS
    rows = []
    with bench.start_larder() as server:
        for step in (_load, _serve, _expire, _evict, _flush):
            rows.append(step(bench, server, keys))
            bench.progress("scale: " + rows[-1]["step"])
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _load(bench, server, keys):
    rss_before = server.rss_bytes()
    result = bench.load.fill(server, ["SET {key} {value:8}"], keys)
    rss_per_key = (server.rss_bytes() - rss_before) / keys
    return {"step": "loading", "keys": keys, "seconds": result["seconds"], "rss_per_key": rss_per_key,
            "target": f"{BYTES_PER_KEY_LIMIT} B a key", "verdict": verdict(rss_per_key <= BYTES_PER_KEY_LIMIT)}


def _serve(bench, server, keys):
    return _beside(bench, server, keys, "serving", lambda client: None)


def _expire(bench, server, keys):
    """A million keys whose deadlines lie within one second."""
    deadline_s = int(time.time()) + 2 + SECONDS // 2 + EXPIRING // 200_000
    bench.load.fill(server, [f"PEXPIREAT {{key}} {deadline_s}{{int:3}}"], EXPIRING)
    ended_s = []

    def wait_until_gone(client):
        while client.info("keyspace").get("db0", "expires=0").split("expires=")[1].split(",")[0] != "0":
            time.sleep(0.02)
        ended_s.append(time.time())

    row = _beside(bench, server, keys, f"{EXPIRING:,} keys expire within a second", wait_until_gone,
                  starts_in_s=max(0.0, deadline_s - time.time() - 1), seconds=SECONDS + 4)
    gone_after_s = ended_s[0] - (deadline_s + 1)
    row["seconds"] = gone_after_s
    row["target"] += f", gone within {EXPIRY_LIMIT_S:.0f} s"
    row["verdict"] = verdict(row["p99_us"] <= P99_LIMIT_US and gone_after_s <= EXPIRY_LIMIT_S)
    return row


def _evict(bench, server, keys):
    def lower_limit(client):
        used = int(client.info("memory")["used_memory"])
        client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-adaptive", "maxmemory",
                    str(int(used * (1 - EVICTED_SHARE))))

    return _beside(bench, server, keys, f"maxmemory falls by {EVICTED_SHARE:.0%}", lower_limit)


def _flush(bench, server, keys):
    return _beside(bench, server, keys, "FLUSHALL", lambda client: client.call("FLUSHALL"))


def _beside(bench, server, keys, step, action, starts_in_s=1.0, seconds=SECONDS):
    """What GETs take while `action` runs."""
    took_s = []

    def act():
        with server.client() as client:
            begin = time.monotonic()
            action(client)
            took_s.append(time.monotonic() - begin)

    timer = threading.Timer(starts_in_s, act)
    timer.start()
    result = bench.load.run(server, "open", ["GET {key}"], rate=RATE, keys=keys, distribution="zipf",
                            seconds=seconds, warmup=0.5)
    timer.join()
    with server.client() as client:
        left = client.call("DBSIZE")
    latency = result["latency"]["get"]
    return {"step": step, "keys": left, "seconds": took_s[0],
            **{name: latency[name] for name in ("p50_us", "p99_us", "p999_us")},
            "target": "p99 1 ms", "verdict": verdict(latency["p99_us"] <= P99_LIMIT_US)}
