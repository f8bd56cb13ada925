"""What others wait while a collection of ten million elements goes.

Virtual machines stop for milliseconds now and then, whatever runs on them: beside the quantile stands the slowest
request of the quietest run, with and without the removal.
"""

import threading
import time

from .report import median, table, verdict

TITLE = "Freeing: GETs of others, 10,000 a second, while DEL removes ten million elements"
ELEMENTS = 10_000_000
QUICK_ELEMENTS = 1_000_000
RATE = 10_000
SECONDS = 1.5
LIMIT_US = 1000
ROUNDS_MAX = 5  # filling takes longest

FILLING = {
    "list": "RPUSH big {seq:16}",
    "set": "SADD big {seq:16}",
    "hash": "HSET big {seq:16} {value:8}",
    "sorted set": "ZADD big {int:9} m{seq:15}",
    "stream": "XADD big * field {seq:16}",
}

COLUMNS = [
    ("Collection", "kind", ""),
    ("Server", "server", ""),
    ("p99.9 µs", "p999_us", ",.0f"),
    ("Slowest µs", "max_us", ",.0f"),
    ("Target", "target", ",d"),
    ("", "verdict", ""),
    ("p99.9 without removal µs", "idle_p999_us", ",.0f"),
    ("Slowest without µs", "idle_max_us", ",.0f"),
    ("The DEL itself µs", "call_us", ",.0f"),
]


def run(bench):
    rows = []
    for kind, command in FILLING.items():
        for start in (bench.start_larder, bench.start_peer):
            with start() as server:
                bench.load.fill(server, ["SET {key} {value}"], 1000)
                runs = [_once(bench, server, command) for _ in range(min(bench.rounds, ROUNDS_MAX))]
            row = {"kind": kind, "server": server.label}
            row |= {name: (min if name.endswith("max_us") else median)([run[name] for run in runs])
                    for name in runs[0]}
            if server.label == "larder":
                row |= {"target": LIMIT_US, "verdict": verdict(row["max_us"] <= max(LIMIT_US, row["idle_max_us"]))}
            rows.append(row)
        bench.progress("freeing: " + kind)
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _once(bench, server, command):
    bench.load.fill(server, [command], QUICK_ELEMENTS if bench.is_quick else ELEMENTS)
    idle = _latency(bench, server)
    with server.client() as client:
        client.call("CONFIG", "RESETSTAT")
        removal = threading.Timer(SECONDS / 2, client.call, ["DEL", "big"])
        removal.start()
        removing = _latency(bench, server)
        removal.join()
        fields = client.info("commandstats")["cmdstat_del"]
    time.sleep(0.5)  # what is freed beside the loop is gone
    call_us = float(fields.split("usec_per_call=")[1].split(",")[0])
    return {"p999_us": removing["p999_us"], "max_us": removing["max_us"],
            "idle_p999_us": idle["p999_us"], "idle_max_us": idle["max_us"], "call_us": call_us}


def _latency(bench, server):
    result = bench.load.run(server, "open", ["GET {key}"], rate=RATE, keys=1000, seconds=SECONDS, connections=4)
    return result["latency"]["get"]
