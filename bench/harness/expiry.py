"""Expiry at pace: how soon keys past their deadline are gone, and what clients wait meanwhile."""

import threading
import time

from .report import claim, claims

TITLE = "Expiry: a million keys within a second, and a cache of which some expire all the time"
KEYS = 1_000_000
RATE = 100_000
P99_LIMIT_US = 1000
EXPIRY_LIMIT_S = 2.0
STALE_SHARE_MAX = 0.02
GROUPS, KEYS_EACH, APART_S = 250, 4000, 0.05  # of the keys that expire steadily: a cache of a million
STEADY_S = 10


def run(bench):
    rows = []
    for effort in (1, 10):
        for step in (_mass_expiry, _steady_expiry):
            rows += step(bench, effort)
            bench.progress("expiry: " + rows[-1]["what"])
    return rows


def show(rows):
    return claims(rows)


def _mass_expiry(bench, effort):
    """Keys whose deadlines lie within one second, beside requests."""
    with bench.start_larder(**{"active-expire-effort": str(effort)}) as server:
        bench.load.fill(server, ["SET {key} {value:32}"], KEYS)
        deadline_s = int(time.time()) + 6
        bench.load.fill(server, [f"PEXPIREAT {{key}} {deadline_s}{{int:3}}"], KEYS)
        gone_at = []

        def wait_until_gone():
            with server.client() as client:
                while client.call("DBSIZE") > 0:
                    time.sleep(0.01)
            gone_at.append(time.time())

        waiting = threading.Thread(target=wait_until_gone)
        waiting.start()
        result = bench.load.run(server, "open", ["GET {key}"], rate=RATE, keys=KEYS,
                                seconds=max(1.0, deadline_s + 3 - time.time()), warmup=0.2)
        waiting.join()
    latency = result["latency"]["get"]
    note = f"active-expire-effort {effort}"
    return [claim("a million keys expire within 1 s: seconds until they are gone", gone_at[0] - deadline_s - 1,
                  EXPIRY_LIMIT_S, note),
            claim("GETs beside it, 100,000 a second: p99, ms", latency["p99_us"] / 1000, P99_LIMIT_US / 1000,
                  f"{note}, p99.9 {latency['p999_us'] / 1000:.2f} ms")]


def _steady_expiry(bench, effort):
    """A million keys of which eight in a hundred expire each second, and are written anew: in small groups, so that
    it is known how many are past their deadline."""
    shares = []
    with bench.start_larder(**{"active-expire-effort": str(effort)}) as server:
        begin_s = time.time() + 12

        def write(group):
            deadline_ms = round((begin_s + group * APART_S) * 1000)
            bench.load.run(server, "closed", [f"SET {group}:{{seq:6}} {{value:32}} PXAT {deadline_ms}"], connections=1,
                           pipeline=64, requests=KEYS_EACH)

        def note(client, written):
            keys = client.call("DBSIZE")
            expired = int((time.time() - begin_s) / APART_S) + 1
            shares.append((keys - (written - expired) * KEYS_EACH) / keys)

        for group in range(GROUPS):
            write(group)
        time.sleep(max(0.0, begin_s - time.time()))
        cpu_began_ns = server.loop_cpu_ns()
        with server.client() as client:
            for group in range(round(STEADY_S / APART_S)):
                while time.time() < begin_s + group * APART_S:
                    time.sleep(0.01)
                    note(client, GROUPS + group)
                write(GROUPS + group)
                note(client, GROUPS + group + 1)
        cpu_s = (server.loop_cpu_ns() - cpu_began_ns) / 1e9
    return [claim("8 % of the keys expire each second: most past their deadline, of all", max(shares),
                  STALE_SHARE_MAX, f"active-expire-effort {effort}, {cpu_s / STEADY_S:.1%} of the CPU, with writing")]
