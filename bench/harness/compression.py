"""What keeping values compressed saves and costs: JSON documents of a kilobyte in a Larder with value-compression lz4,
beside the same ones in a Larder without."""

import time

from .documents import Documents
from .report import median, table, verdict

TITLE = "Compression: JSON documents of 1 KB, value-compression lz4 beside no"
DOCUMENTS = 20_000
BATCH = 50  # documents sent at once
SETTLED_S = 2  # used_memory unchanged for so long: what was written first is written anew by then
SETTLE_S_MAX = 60
KEYS_TARGET = 2.0
GET_LIMIT_US = 2.0

COLUMNS = [
    ("Documents", "documents", ""),
    ("Bytes", "document_bytes", ",.0f"),
    ("Bytes a key, plain", "plain_bytes", ",.0f"),
    ("compressed", "compressed_bytes", ",.0f"),
    ("Keys in the same memory", "keys_ratio", ".2f"),
    ("Target", "keys_target", ".2f"),
    ("", "keys_verdict", ""),
    ("GET us, plain", "plain_get_us", ".2f"),
    ("dearer by", "get_cost_us", ".2f"),
    ("from", "get_cost_us_min", ".2f"),
    ("to", "get_cost_us_max", ".2f"),
    ("Limit", "get_limit_us", ".2f"),
    ("", "get_verdict", ""),
    ("SET us, plain", "plain_set_us", ".2f"),
    ("dearer by", "set_cost_us", ".2f"),
]


def run(bench):
    rows = []
    kinds = list(range(len(Documents.KINDS)))
    for name, chosen in [(Documents.KINDS[kind], [kind]) for kind in kinds] + [("all of these, mixed", kinds)]:
        rows.append({"documents": name} | _measure(bench, chosen))
        bench.progress(name)
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _measure(bench, kinds):
    documents = Documents(seed=1)
    values = [documents.make(kinds[i % len(kinds)]) for i in range(DOCUMENTS)]
    document_bytes = sum(map(len, values)) / DOCUMENTS
    with bench.start_larder() as plain, bench.start_larder(arguments=" --value-compression lz4") as compressed:
        servers = (plain, compressed)
        key_bytes = [_fill(server, values) for server in servers]
        gets = [[_get_us(bench, server) for server in servers] for _ in range(bench.rounds)]
        sets = [[_set_us(server, values) for server in servers] for _ in range(bench.rounds)]
    get_costs = [there - here for here, there in gets]
    keys_ratio = key_bytes[0] / key_bytes[1]
    get_cost = median(get_costs)
    return {
        "document_bytes": document_bytes,
        "plain_bytes": key_bytes[0],
        "compressed_bytes": key_bytes[1],
        "keys_ratio": keys_ratio,
        "keys_target": KEYS_TARGET,
        "keys_verdict": verdict(keys_ratio >= KEYS_TARGET),
        "plain_get_us": median([here for here, _ in gets]),
        "get_cost_us": get_cost,
        "get_cost_us_min": min(get_costs),
        "get_cost_us_max": max(get_costs),
        "get_limit_us": GET_LIMIT_US,
        "get_verdict": verdict(get_cost <= GET_LIMIT_US),
        "plain_set_us": median([here for here, _ in sets]),
        "set_cost_us": median([there - here for here, there in sets]),
    }


def _fill(server, values):
    """Bytes of used_memory a key, once they do not change any more."""
    with server.client() as client:
        before = _used_bytes(client)
        _set_all(client, values)
        used, since = _used_bytes(client), time.monotonic()
        end = since + SETTLE_S_MAX
        while time.monotonic() - since < SETTLED_S and time.monotonic() < end:
            time.sleep(0.05)
            now = _used_bytes(client)
            if abs(now - used) > used / 1000:
                used, since = now, time.monotonic()
        # Every document must be there and come back: what saves memory by losing them is no saving.
        for i in range(0, len(values), 97):
            if client.call("GET", _key(i)) != values[i]:
                raise AssertionError(f"{_key(i)} came back changed")
        return (_used_bytes(client) - before) / len(values)


def _set_all(client, values):
    for first in range(0, len(values), BATCH):
        client.call_many([("SET", _key(first + i), value) for i, value in enumerate(values[first:first + BATCH])])


def _get_us(bench, server):
    result = bench.load.run(server, "closed", ["GET {key}"], connections=50, pipeline=16, keys=DOCUMENTS,
                            seconds=bench.slice_s, warmup=bench.slice_s / 10)
    return result["server_cpu_ns_per_request"] / 1000


def _set_us(server, values):
    """CPU of the server's thread, with what it does meanwhile to learn dictionaries."""
    with server.client() as client:
        before = server.loop_cpu_ns()
        _set_all(client, values)
        return (server.loop_cpu_ns() - before) / len(values) / 1000


def _used_bytes(client):
    return int(client.info("memory")["used_memory"])


def _key(index):
    return f"key:{index:012}"
