"""maxmemory: how well the limit holds, what evicting costs, how long it holds others up."""

import threading
import time

from .report import claim, claims, median

TITLE = "The limit: memory held, time and keys spent on it"
MB = 1 << 20

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
COST_KEYS = 500_000
COST_REQUESTS = 400_000
COST_ROUNDS_BEFORE = 3  # that do not count: after a turnover adaptive eviction goes by what it has learned


def run(bench):
    rows = []
    for step in (_changing_sizes, _lowering, _pushing_out, _cost):
        rows += step(bench)
        bench.progress("memory_limit: " + rows[-1]["what"])
    return rows


def show(rows):
    return claims(rows)


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
    return [claim("sizes change: most RSS, of the limit", max(watch.rss) / LIMIT_BYTES, RSS_LIMIT, note),
            claim("sizes change: most used_memory, of the limit", max(watch.used) / LIMIT_BYTES, USED_LIMIT, note)]


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
        rows.append(claim(f"limit {LOWERED_SHARE:.0%} lower, {policy}: share of keys evicted", 1 - left / LOWERED_KEYS,
                          EVICTED_SHARE_MAX))
    return rows


def _pushing_out(bench):
    """One SET of two megabytes into a cache full of small keys, ten times."""
    rounds = []
    with bench.start_larder() as server:
        bench.load.fill(server, ["SET {key} {value:20}"], SMALL_KEYS)
        with server.client() as client:
            limit = int(client.info("memory")["used_memory"])
            _limit(server, "allkeys-lru", limit)
            value = b"x" * (2 * MB)
            for number in range(10):
                client.call("CONFIG", "RESETSTAT")
                client.call("SET", f"large:{number}", value)
                _wait_for_room(client, limit)
                stats = client.info("stats")
                rounds.append((int(stats["eviction_round_us_max"]), int(stats["eviction_round_cpu_us_max"]),
                               int(stats["evicted_keys"])))
    evicted = median([each[2] for each in rounds])
    return [claim("one SET pushes out many: longest round, ms of CPU", max(each[1] for each in rounds) / 1000,
                  ROUND_LIMIT_US / 1000, f"{evicted:,.0f} keys each"),
            claim("the same by the clock, the quietest of ten", min(each[0] for each in rounds) / 1000,
                  ROUND_LIMIT_US / 1000)]


def _wait_for_room(client, limit):
    """Rounds of eviction go on between commands."""
    for _ in range(1000):
        if int(client.info("memory")["used_memory"]) <= limit:
            return
        time.sleep(0.01)


def _cost(bench):
    """Keys that were never there before, into a cache with room and into full ones that hold as many keys."""
    servers = {}
    figures = {}
    try:
        for name, start, policy in (("room", bench.start_larder, None), ("lru", bench.start_larder, "allkeys-lru"),
                                    ("adaptive", bench.start_larder, "allkeys-adaptive"),
                                    ("peer", bench.start_peer, "allkeys-lru")):
            server = servers[name] = start()
            figures[name] = []
            if policy is None:
                continue
            bench.load.fill(server, ["SET {key} {value:100}"], 2 * COST_KEYS)
            with server.client() as client:
                used = int(client.info("memory")["used_memory"])
            _limit(server, policy, used // 2)
        time.sleep(5)  # what is over the limit has gone
        for number in range(-COST_ROUNDS_BEFORE, bench.rounds):
            for name, server in servers.items():
                if name == "room":
                    _fill_with_room(bench, server)
                result = bench.load.run(server, "closed", [f"SET {number + 100:03}:{{seq:12}} {{value:100}}"],
                                        connections=20, pipeline=32, requests=COST_REQUESTS)
                if number >= 0:
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
        rows.append(claim(f"SET of a new key evicts, allkeys-{name}: CPU, of one with room", to_room, COST_LIMIT, note))
        rows.append(claim(f"SET of a new key evicts, allkeys-{name}: CPU, of the peer's lru", to_peer, PEER_COST_LIMIT,
                          note))
    return rows


def _fill_with_room(bench, server):
    """As many keys that there are COST_KEYS on average while COST_REQUESTS are added."""
    with server.client() as client:
        client.call("FLUSHALL", "SYNC")
    bench.load.fill(server, ["SET {key} {value:100}"], COST_KEYS - COST_REQUESTS // 2)
