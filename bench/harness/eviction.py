"""Hit ratios with the same maxmemory, over the socket: traces replayed as an application uses a cache.

A server is started anew for each cell (trace, sizes, share) and policy, with the trace's time of day. maxmemory is a
share of what all objects take in the peer, above what it uses when empty; Larder gets as many bytes above what it uses
when empty. "As many keys" gives it less: what its own allkeys-lru needs to hold as many keys as the peer's.
"""

import json
import lzma
import math
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass

from .report import table

TITLE = "Eviction: percentage of hits with the same maxmemory"
ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACES = ROOT / "bench/eviction/traces"
REPLAY_TIMEOUT_S = 600
POLICIES = (("peer", "allkeys-lru"), ("peer", "allkeys-lfu"), ("larder", "allkeys-lru"), ("larder", "allkeys-adaptive"))
ADAPTIVE = "larder allkeys-adaptive"
AS_MANY_KEYS = "larder allkeys-adaptive, as many keys"
TINY_BYTES = 512 * 1024
BYTES_MIN = TINY_BYTES // 2  # below, what a server uses for its one client decides
# A trace's time of day stands still while servers start.
STARTS_AT_US = 1_790_000_000_000_000

COLUMNS = [
    ("Trace", "trace", ""),
    ("Sizes", "sizes", ""),
    ("Share", "share", ".2f"),
    ("MB", "megabytes", ".1f"),
    ("Peer's lru", "peer allkeys-lru", ".1f"),
    ("lfu", "peer allkeys-lfu", ".1f"),
    ("Larder's lru", "larder allkeys-lru", ".1f"),
    ("adaptive", ADAPTIVE, ".1f"),
    ("with as many keys", AS_MANY_KEYS, ".1f"),
]


@dataclass(frozen=True)
class Source:
    """Where requests come from: a file of the traces' folder, or the generator of that name."""

    name: str
    sizes: tuple
    shares: tuple
    requests: int = 1_000_000
    is_made: bool = False

    @property
    def path(self):
        return TRACES / f"{self.name}.bin.xz"


USUAL = ("equal", "heavy")
SHARES = (0.03, 0.1, 0.3)
USUAL_SHARE = 0.1  # the only one unless everything is asked for
SOURCES = (
    Source("scarab-recs", USUAL, SHARES),
    Source("c2k-ormbusy", USUAL, SHARES),
    Source("c2k-web12", USUAL, SHARES),
    Source("cp-w106", USUAL, SHARES),
    Source("obj-ibmdocker", USUAL, SHARES),
    Source("lirs-multi3", USUAL, SHARES),
    Source("lirs-sprite", USUAL, SHARES),
    Source("adaptsize-req", ("own",), SHARES),
    Source("corda-vault", USUAL, (0.1,)),
    Source("zipf", USUAL, (0.03, 0.1), 2_000_000, is_made=True),
    Source("drift", USUAL, (0.1,), 2_000_000, is_made=True),
    Source("churn", USUAL, (0.03, 0.1), 2_000_000, is_made=True),
    Source("scan", USUAL, (0.1,), 2_000_000, is_made=True),
    Source("loop", USUAL, (0.1,), 2_000_000, is_made=True),
    Source("site", ("equal", "own"), (0.03, 0.1), 3_000_000, is_made=True),
)
QUICK = ("c2k-web12", "lirs-multi3", "adaptsize-req", "lirs-sprite")


class Arena:
    """Starts servers with a trace's clock, and replays traces against them."""

    def __init__(self, bench, folder):
        self._bench = bench
        self._clock = pathlib.Path(folder) / "clock"
        self._folder = pathlib.Path(folder)
        self._clock_library = bench.replay.parent / "libtrace_clock.so"

    def start(self, label):
        self._clock.write_bytes(STARTS_AT_US.to_bytes(8, "little"))
        environment = f"env LD_PRELOAD={self._clock_library} TRACE_CLOCK={self._clock} "
        if label == "peer":
            return self._bench.start_peer(prefix=environment, arguments=" --hz 500")
        return self._bench.start_larder(prefix=environment)

    def replay(self, source, sizes, server):
        """Percentage of hits."""
        arguments = [self._bench.replay, "--socket", server.unix_path, "--clock", self._clock,
                     "--sizes", sizes, "--requests", str(source.requests)]
        if source.is_made:
            arguments += ["--made", source.name]
        with self._open(source) as requests:
            done = subprocess.run(arguments, stdin=requests, capture_output=True, check=True, timeout=REPLAY_TIMEOUT_S)
        return json.loads(done.stdout)["hit_percent"]

    def _open(self, source):
        if source.is_made:
            return open("/dev/null", "rb")
        unpacked = self._folder / source.name
        if not unpacked.exists():
            unpacked.write_bytes(lzma.decompress(source.path.read_bytes()))
        return open(unpacked, "rb")


def used_bytes(server):
    with server.client() as client:
        return int(client.info("memory")["used_memory"])


def run(bench):
    rows = []
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        arena = Arena(bench, folder)
        for source in SOURCES:
            if bench.is_quick and source.name not in QUICK:
                continue
            for sizes in source.sizes:
                bytes_of_all = _footprint(arena, source, sizes)
                for share in source.shares:
                    is_asked = bench.is_full or bench.is_quick or share == USUAL_SHARE
                    if not is_asked or bytes_of_all * share < BYTES_MIN:
                        continue
                    rows.append(_run_cell(arena, source, sizes, share, int(bytes_of_all * share)))
                    bench.progress(f"{source.name}, {sizes} sizes, {share:.0%}")
    return rows


def _footprint(arena, source, sizes):
    with arena.start("peer") as server:
        empty = used_bytes(server)
        arena.replay(source, sizes, server)
        return used_bytes(server) - empty


def _run_cell(arena, source, sizes, share, limit_bytes):
    row = {"trace": source.name, "sizes": sizes, "share": share, "megabytes": limit_bytes / 1e6, "keys": {}}
    for label, policy in POLICIES:
        name = f"{label} {policy}"
        row[name], row["keys"][name] = _run_policy(arena, source, sizes, label, policy, limit_bytes)
    peer_keys, own_keys = row["keys"]["peer allkeys-lru"], row["keys"]["larder allkeys-lru"]
    less_bytes = limit_bytes * min(peer_keys, own_keys) // max(own_keys, 1)
    row[AS_MANY_KEYS], row["keys"][AS_MANY_KEYS] = _run_policy(arena, source, sizes, "larder", "allkeys-adaptive",
                                                              less_bytes)
    return row


def _run_policy(arena, source, sizes, label, policy, limit_bytes):
    """Percentage of hits, and the keys that are there at the end."""
    with arena.start(label) as server:
        with server.client() as client:
            limit = used_bytes(server) + limit_bytes
            client.call("CONFIG", "SET", "maxmemory", limit, "maxmemory-policy", policy)
        hits = arena.replay(source, sizes, server)
        with server.client() as client:
            return hits, client.call("DBSIZE")


def show(rows):
    return table(COLUMNS, rows) + "\n\n" + "\n".join(summary(rows))


def misses_saved(rows, ours, theirs):
    """In percent, the geometric mean over the rows."""
    ratios = [(100 - row[ours]) / (100 - row[theirs]) for row in rows]
    return 100 * (1 - math.exp(sum(map(math.log, ratios)) / len(ratios)))


def summary(rows):
    lines = []
    for of_size, is_tiny in (("tiny caches", True), ("caches of 512 KiB and more", False)):
        for kind, are_equal in (("values of different sizes", False), ("equal sizes", True)):
            chosen = [row for row in rows if (row["sizes"] == "equal") == are_equal
                      and (row["megabytes"] * 1e6 < TINY_BYTES) == is_tiny]
            if not chosen:
                continue
            saved = {(ours, theirs): misses_saved(chosen, ours, f"peer {theirs}")
                     for ours in (ADAPTIVE, AS_MANY_KEYS) for theirs in ("allkeys-lru", "allkeys-lfu")}
            worst = min(row[ADAPTIVE] - max(row["peer allkeys-lru"], row["peer allkeys-lfu"]) for row in chosen)
            lines.append(
                f"- {of_size}, {kind}, {len(chosen)} cells: {saved[ADAPTIVE, 'allkeys-lru']:.1f} % fewer misses than the "
                f"peer's lru and {saved[ADAPTIVE, 'allkeys-lfu']:.1f} % fewer than its lfu for the same bytes, "
                f"{saved[AS_MANY_KEYS, 'allkeys-lru']:.1f} and {saved[AS_MANY_KEYS, 'allkeys-lfu']:.1f} % for as many "
                f"keys; beside the better of the two at worst {worst:+.1f} points")
    return lines
