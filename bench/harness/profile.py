"""Where a server's CPU time goes: nanoseconds of each function a request, by perf."""

import argparse
import os
import re
import subprocess
import sys
import tempfile

from .load import Load, LoadFailure
from .main import ROOT
from .report import table
from .servers import Place, Server, ServerFailure, end_on_signals

COLUMNS = [("ns a request", "ns", ",.0f"), ("Share", "share", ".1%"), ("Where", "where", ""),
           ("Function", "function", "")]
_LINE = re.compile(r"\s*([\d.]+)%\s+(\S+)\s+\[([.k])\]\s+(.*?)\s*$")


def _parse():
    parser = argparse.ArgumentParser(
        prog="bench/profile", description="Runs a load and prints what it costs the server, by function.")
    parser.add_argument("command", nargs="?", default="GET {key}", help="command with placeholders (default: GET {key})")
    parser.add_argument("--server", default=str(ROOT / "build/release/larder-server"), metavar="COMMAND")
    parser.add_argument("--load", default=str(ROOT / "build/release/larder-load"), metavar="PROGRAM")
    parser.add_argument("--make", nargs="+", default=["SET {key} {value}"], metavar="COMMAND",
                        help="what makes the data, each sent --count times (default: SET {key} {value})")
    parser.add_argument("--count", type=int, metavar="N", help="default: as many as --keys")
    parser.add_argument("--pipeline", type=int, default=1)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--over", choices=["tcp", "unix"], default="unix")
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--keep", metavar="FILE", help="keep perf's data in FILE, with call graphs")
    return parser.parse_args()


def _record(load, server, options, data):
    perf = subprocess.Popen(
        ["perf", "record", "-q", "-F", "5000", "-p", str(server.pid), "-o", data] +
        (["-g"] if options.keep else []), stderr=subprocess.DEVNULL)
    try:
        return load.run(server, "closed", [options.command], over=options.over, pipeline=options.pipeline,
                        connections=options.connections, keys=options.keys, seconds=options.seconds)
    finally:
        perf.terminate()
        perf.wait()


def _functions(data, cpu_ns):
    text = subprocess.run(
        ["perf", "report", "-i", data, "--stdio", "--no-children", "-g", "none", "-F", "overhead,dso,sym"],
        capture_output=True, text=True, check=True).stdout
    rows = []
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            share = float(match[1]) / 100
            rows.append({"ns": share * cpu_ns, "share": share, "function": match[4],
                         "where": "kernel" if match[3] == "k" else os.path.basename(match[2])})
    return rows


def main():
    options = _parse()
    end_on_signals()
    available = sorted(os.sched_getaffinity(0))
    cpus = (available[0], available[1]) if len(available) > 1 else (None, None)
    load = Load(options.load, Place(cpus[1]))
    try:
        with Server("larder", options.server, Place(cpus[0])) as server, tempfile.TemporaryDirectory() as folder:
            for command in options.make:
                load.fill(server, [command], options.count or options.keys)
            data = options.keep or os.path.join(folder, "perf.data")
            result = _record(load, server, options, data)
            cpu_ns = result["server_cpu_ns_per_request"]
            rows = _functions(data, cpu_ns)
    except KeyboardInterrupt:
        return 130
    except (ServerFailure, LoadFailure, FileNotFoundError, subprocess.CalledProcessError) as failure:
        print(f"bench/profile: {failure}", file=sys.stderr)
        return 1
    kernel = sum(row["ns"] for row in rows if row["where"] == "kernel")
    print(f"{options.command}, pipeline {options.pipeline}, {options.connections} connections over {options.over}: "
          f"{cpu_ns:,.0f} ns a request, {kernel:,.0f} of them in the kernel\n")
    print(table(COLUMNS, rows[:options.rows]))
    return 0
