"""What client-side caching costs reads: GET on connections that track a million keys beside ones that do not."""

from .report import median, table, verdict

TITLE = "Client-side caching: GET of a million tracked keys"
COST_LIMIT = 0.15

COLUMNS = [
    ("Work", "work", ""),
    ("CPU ns", "plain_ns", ",.0f"),
    ("tracked", "tracked_ns", ",.0f"),
    ("Cost", "cost", ".1%"),
    ("from", "cost_min", ".1%"),
    ("to", "cost_max", ".1%"),
    ("Limit", "limit", ".0%"),
    ("", "verdict", ""),
    ("Bytes a tracked key", "key_bytes", ",.0f"),
]


READ_ALL = """for i = 0, ARGV[1] - 1 do redis.call('GET', string.format('key:%012d', i)) end"""


def run(bench):
    rows = []
    with bench.start_larder() as larder, larder.client() as told, larder.client() as holder:
        bench.load.fill(larder, ["SET {key} {value}"], bench.keys)
        first = f"CLIENT TRACKING ON REDIRECT {told.call('CLIENT', 'ID')}"
        before = _used_bytes(larder)
        holder.call(*first.split())
        holder.call("EVAL", READ_ALL, 0, bench.keys)  # all keys are tracked from here to the end
        key_bytes = (_used_bytes(larder) - before) / bench.keys
        for connections, pipeline in ((50, 1), (1, 16), (50, 16)):
            row = _measure(bench, larder, first, connections, pipeline)
            rows.append(row | {"key_bytes": key_bytes})
            bench.progress(row["work"])
    return rows


def show(rows):
    return table(COLUMNS, rows)


def _measure(bench, larder, first, connections, pipeline):
    def once(**options):
        result = bench.load.run(
            larder, "closed", ["GET {key}"], connections=connections, pipeline=pipeline, keys=bench.keys,
            seconds=bench.slice_s, warmup=bench.slice_s / 10, **options)
        return result["server_cpu_ns_per_request"]

    pairs = [(once(), once(first=first)) for _ in range(bench.rounds)]
    costs = [tracked / plain - 1 for plain, tracked in pairs]
    cost = median(costs)
    return {
        "work": f"GET, {connections} connections, pipeline {pipeline}",
        "plain_ns": median([plain for plain, _ in pairs]),
        "tracked_ns": median([tracked for _, tracked in pairs]),
        "cost": cost,
        "cost_min": min(costs),
        "cost_max": max(costs),
        "limit": COST_LIMIT,
        "verdict": verdict(cost < COST_LIMIT),
    }


def _used_bytes(larder):
    with larder.client() as client:
        return int(client.info("memory")["used_memory"])
