"""maxmemory: how well the limit holds, what evicting costs, how long it holds others up, how expiry keeps pace."""

import threading
import time

from .report import median, table, verdict

TITLE = "The limit: memory held, time and keys spent on it, and expiry"
MB = 1 << 20
RATE = 100_000
P99_LIMIT_US = 1000

LIMIT_BYTES = 200 * MB
SIZES = [60, 40_000, 300, 5000, 1500, 12_000]  # means, in bytes, in an order without steps
SIZES_SECONDS = 600
SIZES_SECONDS_QUICK = 60
RSS_LIMIT = 1.15
USED_LIMIT = 1.02  # a 64th, and what is on its way

LOWERED_KEYS = 3_000_000
LOWERED_SHARE = 0.02
EVICTED_SHARE_MAX = 0.03

SMALL_KEYS = 500_000
ROUND_LIMIT_US = 500

COST_LIMIT = 1.35  # of a SET with room
PEER_COST_LIMIT = 0.6  # of the peer's SET without
COST_KEYS = 1_000_000

EXPIRING = 1_000_000
EXPIRY_LIMIT_S = 2.0
STALE_SHARE_MAX = 0.02

COLUMNS = [
    ("What", "what", ""),
    ("Larder", "value", ",.3f"),
    ("Target", "target", ",.2f"),
    ("", "verdict", ""),
    ("Note", "note", ""),
]


def run(bench):
    rows = []
    for step in (_changing_sizes, _lowering, _pushing_out, _cost, _mass_expiry, _steady_expiry):
        rows += step(bench)
        bench.progress("memory_limit: " + rows[-1]["what"])
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _row(what, value, target, note=""):
    return {"what": what, "value": value, "target": target, "verdict": verdict(value <= target), "note": note}


class _Watch:
    """Samples memory of a server until it is left; `rss` and `used` are the samples, in bytes."""

    def __init__(self, server):
        self._server = server
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.rss = []
        self.used = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()

    def _sample(self):
        with self._server.client() as client:
            while not self._ends.wait(0.02):
                self.used.append(int(client.info("memory")["used_memory"]))
                self.rss.append(self._server.rss_bytes())


def _limit(server, policy, limit_bytes):
    with server.client() as client:
        client.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", limit_bytes)


def _changing_sizes(bench):
    """Values of one mean after another, then all together; sizes spread around each mean."""
    total_s = SIZES_SECONDS_QUICK if bench.is_quick else SIZES_SECONDS
    phases = [[size] for size in SIZES] + [SIZES]
    rounds = max(1, round(total_s / (len(phases) * 5)))
    seconds = total_s / (len(phases) * rounds)
    with bench.start_larder() as server:
        _limit(server, "allkeys-lru", LIMIT_BYTES)
        with _Watch(server) as watch:
            for number in range(rounds):
                for index, means in enumerate(phases):
                    sizes = [max(1, round(mean * factor)) for mean in means for factor in (0.4, 0.7, 1, 1.3, 1.6)]
                    bench.load.run(server, "closed", [f"SET {{key}} {{value:{size}}}" for size in sizes],
                                   connections=20, pipeline=8, seconds=seconds, keys=10_000_000,
                                   seed=number * len(phases) + index)
    note = f"{total_s} s, limit {LIMIT_BYTES // MB} MB"
    return [_row("sizes change: most RSS, of the limit", max(watch.rss) / LIMIT_BYTES, RSS_LIMIT, note),
            _row("sizes change: most used_memory, of the limit", max(watch.used) / LIMIT_BYTES, USED_LIMIT, note)]


def _lowering(bench):
    rows = []
    for policy in ("allkeys-lru", "allkeys-adaptive"):
        with bench.start_larder() as server:
            bench.load.fill(server, ["SET {key} {value:32}"], LOWERED_KEYS)
            with server.client() as client:
                used = int(client.info("memory")["used_memory"])
            limit = int(used * (1 - LOWERED_SHARE))
            _limit(server, policy, limit)
            time.sleep(3)
            with server.client() as client:
                left = client.call("DBSIZE")
        rows.append(_row(f"limit {LOWERED_SHARE:.0%} lower, {policy}: share of keys evicted", 1 - left / LOWERED_KEYS,
                         EVICTED_SHARE_MAX))
    return rows


def _pushing_out(bench):
    """One SET of a megabyte and more into a cache full of small keys."""
    rounds = []
    with bench.start_larder() as server:
        bench.load.fill(server, ["SET {key} {value:20}"], SMALL_KEYS)
        with server.client() as client:
            used = int(client.info("memory")["used_memory"])
            _limit(server, "allkeys-lru", used)
            value = b"x" * (2 * MB)
            for number in range(10):
                client.call("CONFIG", "RESETSTAT")
                before = client.call("DBSIZE")
                client.call("SET", f"large:{number}", value)
                time.sleep(0.2)
                stats = client.info("stats")
                rounds.append((int(stats["eviction_round_us_max"]), int(stats["eviction_round_cpu_us_max"]),
                               before - client.call("DBSIZE")))
    evicted = median([each[2] for each in rounds])
    return [_row("one SET pushes out many: longest round, ms of CPU", max(each[1] for each in rounds) / 1000,
                 ROUND_LIMIT_US / 1000, f"{evicted:,.0f} keys each"),
            _row("the same by the clock, the quietest of ten that evicted",
                 min(each[0] for each in rounds if each[2] > 0) / 1000, ROUND_LIMIT_US / 1000)]


def _cost(bench):
    servers = {}
    figures = {}
    try:
        for name, start, policy in (("room", bench.start_larder, None), ("lru", bench.start_larder, "allkeys-lru"),
                                    ("adaptive", bench.start_larder, "allkeys-adaptive"),
                                    ("peer", bench.start_peer, "allkeys-lru")):
            server = servers[name] = start()
            bench.load.fill(server, ["SET {key} {value:100}"], COST_KEYS)
            if policy is not None:
                with server.client() as client:
                    used = int(client.info("memory")["used_memory"])
                _limit(server, policy, used // 2)
            figures[name] = []
        time.sleep(5)  # what is over the limit has gone
        for number in range(bench.rounds):
            for name, server in servers.items():
                result = bench.load.run(server, "closed", ["SET {key} {value:100}"], connections=20, pipeline=32,
                                        seconds=bench.slice_s, warmup=0.2, seed=number, keys=COST_KEYS * 10
                                        if name != "room" else COST_KEYS)
                figures[name].append(result["server_cpu_ns_per_request"])
    finally:
        for server in servers.values():
            server.stop()
    rows = []
    cpu = {name: median(values) for name, values in figures.items()}
    for name in ("lru", "adaptive"):
        to_room = median([full / room for full, room in zip(figures[name], figures["room"])])
        to_peer = median([full / peer for full, peer in zip(figures[name], figures["peer"])])
        note = f"{cpu[name]:,.0f} ns, with room {cpu['room']:,.0f}, peer {cpu['peer']:,.0f}"
        rows.append(_row(f"SET evicts, allkeys-{name}: CPU, of one with room", to_room, COST_LIMIT, note))
        rows.append(_row(f"SET evicts, allkeys-{name}: CPU, of the peer's lru", to_peer, PEER_COST_LIMIT, note))
    return rows


def _mass_expiry(bench):
    """A million keys whose deadlines lie within one second, beside requests."""
    with bench.start_larder() as server:
        bench.load.fill(server, ["SET {key} {value:32}"], EXPIRING)
        deadline_s = int(time.time()) + 6
        bench.load.fill(server, [f"PEXPIREAT {{key}} {deadline_s}{{int:3}}"], EXPIRING)
        gone_at = []

        def wait_until_gone():
            with server.client() as client:
                while client.call("DBSIZE") > 1000:  # those that the load sets
                    time.sleep(0.01)
            gone_at.append(time.time())

        waiting = threading.Thread(target=wait_until_gone)
        waiting.start()
        result = bench.load.run(server, "open", ["GET {key}"], rate=RATE, keys=EXPIRING,
                                seconds=max(1.0, deadline_s + 3 - time.time()), warmup=0.2)
        waiting.join()
    latency = result["latency"]["get"]
    return [_row("a million keys expire within 1 s: seconds until they are gone", gone_at[0] - deadline_s - 1,
                 EXPIRY_LIMIT_S),
            _row("GETs beside it, 100,000 a second: p99, ms", latency["p99_us"] / 1000, P99_LIMIT_US / 1000,
                 f"p99.9 {latency['p999_us'] / 1000:.2f} ms")]


def _steady_expiry(bench):
    """A million keys of which eight in a hundred expire each second, in small groups so that it is known which."""
    groups, keys_each, apart_s = 250, 4000, 0.05
    shares = []
    with bench.start_larder() as server:
        begin_ms = int(time.time() * 1000) + 12_000
        for group in range(groups):
            at_ms = begin_ms + round(group * apart_s * 1000)
            bench.load.run(server, "closed", [f"SET {group}:{{seq:6}} {{value:32}} PXAT {at_ms}"], connections=1,
                           pipeline=64, requests=keys_each)
        with server.client() as client:
            while (since_s := time.time() - begin_ms / 1000) < groups * apart_s * 0.9:
                keys = client.call("DBSIZE")
                expired = min(groups, max(0, int(since_s / apart_s) + 1))
                stale = keys - (groups - expired) * keys_each
                shares.append(stale / keys)
                time.sleep(0.01)
    return [_row("8 % of the keys expire each second: most past their deadline, of all", max(shares),
                 STALE_SHARE_MAX)]
