"""What persistence costs: the append-only log by policy, a snapshot beside full load, and how long both ways take.

The files lie in the folder for temporary files: TMPDIR names one on the disk that is to be measured.
"""

import os
import shutil
import threading
import time

from .report import median, table, verdict

TITLE = "Persistence: the append-only log, snapshots, loading"
KEYS = 2_000_000
QUICK_KEYS = 200_000
CONNECTIONS = 50
WRITES = 100_000  # a second, beside a snapshot
READS = 10_000
ROUNDS_MAX = 5  # where a round takes long
SNAPSHOT_TIMEOUT_S = 120

EVERYSEC_LEAST = 0.9  # of the throughput without a log
ALWAYS_LEAST = 3.0  # times the peer's
P999_LIMIT_US = 2000  # beside the fork
SNAPSHOT_LEAST = 1.5  # times as fast as the peer's
LOADING_MOST = 0.5  # of the peer's time
WARM_LIMIT_MS = 1000  # a million keys

BUSY_SHARE = 0.05  # of the time that a server waits for a CPU: then the machine is measured

COLUMNS = [
    ("What", "what", ""),
    ("Unit", "unit", ""),
    ("Larder", "larder", ",.1f"),
    ("Beside", "beside", ""),
    ("", "other", ",.1f"),
    ("Ratio", "ratio", ".2f"),
    ("from", "ratio_min", ".2f"),
    ("to", "ratio_max", ".2f"),
    ("Target", "target", ""),
    (" ", "verdict", ""),
]


def run(bench):
    rows = []
    for measure in (_everysec, _always, _beside_snapshot, _snapshots, _loading, _warm_starts):
        for row in measure(bench):
            rows.append(row)
            bench.progress("persistence: " + row["what"])
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _keys(bench):
    return QUICK_KEYS if bench.is_quick else KEYS


def _log(policy):
    """Never rewritten: that would be another measurement."""
    return {"appendonly": "yes", "appendfsync": policy, "auto-aof-rewrite-percentage": "0"}


def _compared(what, unit, pairs, beside, target, is_reached, inverse=False):
    """`pairs`: Larder's figure and the other's, a round each."""
    ratios = [other / ours if inverse else ours / other for ours, other in pairs]
    ratio = median(ratios)
    return {"what": what, "unit": unit, "larder": median([ours for ours, _ in pairs]), "beside": beside,
            "other": median([other for _, other in pairs]), "ratio": ratio, "ratio_min": min(ratios),
            "ratio_max": max(ratios), "target": target, "verdict": verdict(is_reached(ratio))}


# --- the log

def _sets(bench, server, pipeline):
    return bench.load.run(server, "closed", ["SET {key} {value}"], connections=CONNECTIONS, pipeline=pipeline,
                          keys=bench.keys, seconds=bench.slice_s, warmup=bench.slice_s / 5)


def _rates(rounds):
    return [tuple(result["requests_per_second"] / 1000 for result in pair) for pair in rounds]


def _everysec(bench):
    """Either server has all CPUs to run on, as the log's writer is a thread of its own; CPU time counts all threads."""
    with bench.start_larder(is_pinned=False, **_log("everysec")) as logging, \
            bench.start_larder(is_pinned=False) as plain:
        for pipeline in (1, 16):
            rounds = [(_sets(bench, logging, pipeline), _sets(bench, plain, pipeline)) for _ in range(bench.rounds)]
            yield _compared(f"SET with everysec, pipeline {pipeline}", "1,000/s", _rates(rounds), "without a log",
                            f">= {EVERYSEC_LEAST}", lambda ratio: ratio >= EVERYSEC_LEAST)
            cpu_ns = [tuple(result["server_cpu_ns_per_request"] for result in pair) for pair in rounds]
            yield _compared(f"the same, CPU a request, pipeline {pipeline}", "ns", cpu_ns, "without a log",
                            f">= {EVERYSEC_LEAST}", lambda ratio: ratio >= EVERYSEC_LEAST, inverse=True)


def _always(bench):
    settings = _log("always")
    with bench.start_larder(is_pinned=False, **settings) as larder, \
            bench.start_peer(is_pinned=False, **settings) as peer:
        rounds = [(_sets(bench, larder, 1), _sets(bench, peer, 1)) for _ in range(bench.rounds)]
        yield _compared(f"SET with always, {CONNECTIONS} clients", "1,000/s", _rates(rounds), "peer", f">= {ALWAYS_LEAST}",
                        lambda ratio: ratio >= ALWAYS_LEAST)


# --- snapshots

def _save(server):
    """Milliseconds until the child has written one, and microseconds of the fork."""
    with server.client() as client:
        began = time.monotonic()
        client.call("BGSAVE")
        while (info := client.info("persistence"))["rdb_bgsave_in_progress"] != "0":
            if time.monotonic() - began > SNAPSHOT_TIMEOUT_S:
                raise TimeoutError("a snapshot that does not end")
            time.sleep(0.001)
        took_ms = (time.monotonic() - began) * 1000
        assert info["rdb_last_bgsave_status"] == "ok"
        return took_ms, int(client.info("stats")["latest_fork_usec"])


def _beside_snapshot(bench):
    """Either server shares its CPU with its child. Not pinned, it at times shares that of the load, which never rests."""
    with bench.start_larder() as larder, bench.start_peer() as peer:
        found = {larder: [], peer: []}
        for server in found:
            bench.load.fill(server, ["SET {key} {value}"], _keys(bench))
        for _ in range(min(bench.rounds, ROUNDS_MAX)):
            for server, rounds in found.items():
                rounds.append(_read_beside_snapshot(bench, server))
    rows = {server.label: {name: median([each[name] for each in rounds]) for name in rounds[0]}
            for server, rounds in found.items()}
    ours, theirs = rows["larder"], rows["peer"]
    limit_us = P999_LIMIT_US + ours["fork_us"]
    is_busy = ours["waiting"] > BUSY_SHARE
    yield {"what": f"GET p99.9 while {_keys(bench):,} keys are written", "unit": "µs", "larder": ours["p999_us"],
           "beside": "peer", "other": theirs["p999_us"], "ratio": ours["p999_us"] / theirs["p999_us"],
           "target": f"<= {P999_LIMIT_US} + fork", "p999_max_us": max(each["p999_us"] for each in found[larder]),
           "verdict": "machine busy" if is_busy and ours["p999_us"] > limit_us else
           verdict(ours["p999_us"] <= limit_us)}
    yield {"what": "the same without a snapshot", "unit": "µs", "larder": ours["idle_p999_us"], "beside": "peer",
           "other": theirs["idle_p999_us"], "ratio": ours["idle_p999_us"] / theirs["idle_p999_us"]}
    yield {"what": "the fork itself", "unit": "µs", "larder": ours["fork_us"], "beside": "peer",
           "other": theirs["fork_us"], "ratio": ours["fork_us"] / theirs["fork_us"]}
    yield {"what": "time that the server waited for a CPU", "unit": "%", "larder": 100 * ours["waiting"],
           "beside": "peer", "other": 100 * theirs["waiting"]}


def _read_beside_snapshot(bench, server):
    idle = _open_loop(bench, server, 1.0)
    forks_us = []
    stop = threading.Event()

    def save_again_and_again():
        while not stop.is_set():
            forks_us.append(_save(server)[1])

    saving = threading.Thread(target=save_again_and_again)
    saving.start()
    time.sleep(0.05)
    result = _open_loop(bench, server, 2.0)
    stop.set()
    saving.join()
    return {"p999_us": result["latency"]["get"]["p999_us"], "idle_p999_us": idle["latency"]["get"]["p999_us"],
            "fork_us": max(forks_us), "waiting": result["server_run_queue_ms"] / 1000 / result["seconds"]}


def _open_loop(bench, server, slices):
    return bench.load.run(server, "open", ["SET {key} {value}", "GET {key}"], weight=[WRITES, READS],
                          rate=WRITES + READS, keys=_keys(bench), connections=CONNECTIONS,
                          seconds=slices * bench.slice_s)


def _snapshots(bench):
    with bench.start_larder(is_pinned=False) as larder, bench.start_peer(is_pinned=False) as peer:
        for server in (larder, peer):
            bench.load.fill(server, ["SET {key} {value}"], _keys(bench))
        pairs = [(_save(larder)[0], _save(peer)[0]) for _ in range(min(bench.rounds, ROUNDS_MAX))]
    yield _compared(f"a snapshot of {_keys(bench):,} keys", "ms", pairs, "peer", f">= {SNAPSHOT_LEAST} times as fast",
                    lambda ratio: ratio >= SNAPSHOT_LEAST, inverse=True)


# --- loading

def _loading(bench):
    """The peer's file, which both load."""
    with bench.start_peer(is_pinned=False) as peer:
        bench.load.fill(peer, ["SET {key} {value}"], _keys(bench))
        _save(peer)
        pairs = []
        for _ in range(min(bench.rounds, ROUNDS_MAX)):
            ours = _start_with(bench.start_larder, peer.folder, "dump.rdb")
            pairs.append((ours, _start_with(bench.start_peer, peer.folder, "dump.rdb")))
    yield _compared(f"loading the peer's snapshot of {_keys(bench):,} keys", "ms", pairs, "peer",
                    f"<= {LOADING_MOST} of its time", lambda ratio: ratio <= LOADING_MOST)


def _warm_starts(bench):
    """From the process's start to the first GET, after SHUTDOWN: from a snapshot, and from a log's base."""
    for what, settings, name in (("a snapshot", {}, "dump.rdb"), ("a log", _log("everysec"), "appendonlydir")):
        with bench.start_larder(is_pinned=False, **settings) as server:
            bench.load.fill(server, ["SET {key} {value}"], _keys(bench))
            with server.client() as client:
                client.send("SHUTDOWN", "SAVE")
                server.process.wait(SNAPSHOT_TIMEOUT_S)
            took_ms = [_start_with(bench.start_larder, server.folder, name, **settings)
                       for _ in range(min(bench.rounds, ROUNDS_MAX))]
        per_million_ms = median(took_ms) / (_keys(bench) / 1e6)
        yield {"what": f"warm start from {what} to the first GET, a million keys", "unit": "ms",
               "larder": per_million_ms, "target": f"<= {WARM_LIMIT_MS}",
               "verdict": verdict(per_million_ms <= WARM_LIMIT_MS)}


def _start_with(start, folder, name, **settings):
    """Milliseconds of a start with a copy of that file or folder, which is in memory then."""
    def prepare(target):
        source, copy = os.path.join(folder, name), os.path.join(target, name)
        shutil.copytree(source, copy) if os.path.isdir(source) else shutil.copyfile(source, copy)

    with start(is_pinned=False, prepare=prepare, **settings) as server, server.client() as client:
        client.call("GET", "key:0")
        return server.start_ms
