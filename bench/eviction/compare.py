#!/usr/bin/env python3
"""Hit ratios of Larder and of redis-server with the same maxmemory, over their sockets.

Each server is started anew for each cell (trace, sizes, maxmemory) and policy, with a clock that
runs fast (fast_clock.c), so that a trace stands for some hours; larder-replay asks it for what the
trace names. maxmemory is a share of what the objects take in redis-server, above what it uses when
empty; Larder gets the same number of bytes above what it uses when empty. "Equal keys" gives it less:
what its own allkeys-lru needs to hold as many keys as that of redis-server.

    bench/eviction/compare.py --replay build/release/larder-replay --server build/release/larder-server \
        --fast-clock fast_clock.so trace...
"""

import argparse
import json
import math
import pathlib
import socket
import subprocess
import tempfile
import time

MB = 1 << 20


def command(path, *words):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        request = b"*%d\r\n" % len(words)
        for word in words:
            word = str(word).encode()
            request += b"$%d\r\n%s\r\n" % (len(word), word)
        connection.sendall(request)
        reply = connection.recv(1 << 20)
        if reply.startswith(b"$"):
            size = int(reply[1:reply.index(b"\r\n")])
            while len(reply) < size:
                reply += connection.recv(1 << 20)
        return reply.decode()


def used_memory(path):
    for line in command(path, "INFO", "memory").splitlines():
        if line.startswith("used_memory:"):
            return int(line.split(":")[1])
    raise RuntimeError("INFO without used_memory")


class Server:
    def __init__(self, program, options, folder):
        self.path = f"{folder}/{pathlib.Path(program).name}.sock"
        arguments = [program, "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "no",
                     "--hz", "100"]
        environment = {"LD_PRELOAD": options.fast_clock, "FAST_CLOCK": str(options.fast)}
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, cwd=folder, env=environment)
        for _ in range(200):
            try:
                self.empty_bytes = used_memory(self.path)
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{program} does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


def replay(options, trace, sizes, path):
    arguments = [options.replay, "--socket", path, "--sizes", sizes, "--requests", str(options.requests)]
    with open(trace, "rb") as file:
        unpacked = subprocess.Popen(["gzip", "-dc"], stdin=file, stdout=subprocess.PIPE)
        done = subprocess.run(arguments, stdin=unpacked.stdout, capture_output=True, check=True)
        unpacked.stdout.close()
        unpacked.wait()
    return json.loads(done.stdout)["hit_percent"]


def footprint(options, trace, sizes, folder):
    with Server("redis-server", options, folder) as server:
        replay(options, trace, sizes, server.path)
        return used_memory(server.path) - server.empty_bytes


EQUAL_KEYS = "larder allkeys-adaptive, equal keys"


def run_policy(options, trace, sizes, program, policy, limit_bytes, folder):
    """Percentage of hits, and the keys that are there at the end."""
    with Server(program, options, folder) as server:
        command(server.path, "CONFIG", "SET", "maxmemory", server.empty_bytes + limit_bytes)
        command(server.path, "CONFIG", "SET", "maxmemory-policy", policy)
        hits = replay(options, trace, sizes, server.path)
        return hits, int(command(server.path, "DBSIZE")[1:])


def run_cell(options, trace, sizes, limit_bytes, folder):
    hits, keys = {}, {}
    for program, policy in (("redis-server", "allkeys-lru"), ("redis-server", "allkeys-lfu"),
                            (options.server, "allkeys-lru"), (options.server, "allkeys-adaptive")):
        name = ("redis " if program == "redis-server" else "larder ") + policy
        hits[name], keys[name] = run_policy(options, trace, sizes, program, policy, limit_bytes, folder)
    less_bytes = limit_bytes * keys["redis allkeys-lru"] // keys["larder allkeys-lru"]
    hits[EQUAL_KEYS], keys[EQUAL_KEYS] = run_policy(options, trace, sizes, options.server, "allkeys-adaptive",
                                                    less_bytes, folder)
    return {"limit_bytes": limit_bytes, "hits": hits, "keys": keys}


def misses_saved(cells, ours, theirs):
    """In percent, the geometric mean over the cells."""
    ratios = [(100 - cell["hits"][ours]) / (100 - cell["hits"][theirs]) for cell in cells]
    return 100 * (1 - math.exp(sum(map(math.log, ratios)) / len(ratios)))


def summary(cells):
    lines = []
    for theirs in ("redis allkeys-lru", "redis allkeys-lfu"):
        for sizes in sorted({cell["sizes"] for cell in cells}):
            of_sizes = [cell for cell in cells if cell["sizes"] == sizes]
            lines.append(f"{sizes} sizes, {len(of_sizes)} cells: "
                         f"{misses_saved(of_sizes, 'larder allkeys-adaptive', theirs):.1f} % fewer misses than "
                         f"{theirs} with equal bytes, {misses_saved(of_sizes, EQUAL_KEYS, theirs):.1f} % with equal keys")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", nargs="+")
    parser.add_argument("--replay", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--fast-clock", required=True)
    parser.add_argument("--fast", type=int, default=300, help="how much faster the clock runs")
    parser.add_argument("--sizes", nargs="+", default=["equal", "heavy"])
    parser.add_argument("--shares", nargs="+", type=float, default=[0.1])
    parser.add_argument("--requests", type=int, default=800_000)
    parser.add_argument("--bytes-min", type=int, default=MB // 2, help="leave out smaller caches")
    parser.add_argument("--json")
    options = parser.parse_args()
    options.fast_clock = str(pathlib.Path(options.fast_clock).resolve())
    options.server = str(pathlib.Path(options.server).resolve())
    cells = []
    for trace in options.traces:
        for sizes in options.sizes:
            with tempfile.TemporaryDirectory() as folder:
                bytes_of_all = footprint(options, trace, sizes, folder)
                for share in options.shares:
                    if bytes_of_all * share < options.bytes_min:
                        continue
                    cell = {"trace": pathlib.Path(trace).name.removesuffix(".bin.gz"), "sizes": sizes, "share": share}
                    cell |= run_cell(options, trace, sizes, int(bytes_of_all * share), folder)
                    cells.append(cell)
                    print(json.dumps(cell), flush=True)
                    if options.json:
                        document = {"requests": options.requests, "fast": options.fast, "cells": cells}
                        pathlib.Path(options.json).write_text(json.dumps(document, indent=1) + "\n")
    for line in summary(cells):
        print(line)


if __name__ == "__main__":
    main()
