"""Servers under measurement: started here, without persistence unless it is asked for, pinned to one CPU, stopped by
the pid started."""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from .resp import Client, ReplyError

START_TIMEOUT_S = 20
STOP_TIMEOUT_S = 60


class ServerFailure(Exception):
    """A server that does not start or is not the one expected."""


def end_on_signals():
    """Makes SIGINT and SIGTERM exceptions, so that the servers started are stopped."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job has it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Place:
    """Where a process runs: on one CPU (None: on any), at a niceness."""

    cpu: int | None
    nice: int = 0

    def enter(self):
        if self.cpu is not None:
            os.sched_setaffinity(0, {self.cpu})
        if self.nice != 0:
            os.setpriority(os.PRIO_PROCESS, 0, self.nice)


class Server:
    """A running server. `label` names it in tables: larder or peer. `prepare(folder)` puts files where it starts;
    `settings` are directives."""

    def __init__(self, label, command, place, prepare=None, **settings):
        self.label = label
        self.command = command
        self.settings = settings
        self.folder = tempfile.mkdtemp(prefix="larder-bench-")
        self.unix_path = os.path.join(self.folder, "socket")
        self.port = free_port()
        self.process = None
        self.start_ms = None
        try:
            if prepare:
                prepare(self.folder)
            self._start(place)
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    def client(self):
        return Client(self.unix_path)

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise ServerFailure(f"{self.label}: no VmRSS")

    def loop_cpu_ns(self):
        """CPU time that the first thread, which runs the loop, has had."""
        with open(f"/proc/{self.pid}/task/{self.pid}/schedstat", encoding="ascii") as figures:
            return int(figures.read().split()[0])

    def identity(self):
        """The product and its version, such as ("redis", "7.0.15")."""
        with self.client() as client:
            fields = client.info("server")
        for product in ("larder", "valkey", "dragonfly", "redis"):
            if f"{product}_version" in fields:
                return product, fields[f"{product}_version"].removeprefix("df-")
        return "unknown", "?"

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, place):
        directives = {"bind": "127.0.0.1", "port": str(self.port), "unixsocket": self.unix_path, "save": "",
                      "appendonly": "no", "dir": self.folder} | self.settings
        arguments = shlex.split(self.command)
        for name, value in directives.items():
            arguments += ["--" + name, value]

        def enter():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # ctrl-c is for the benchmark
            place.enter()

        log_path = os.path.join(self.folder, "log")
        with open(log_path, "wb") as log:
            begin = time.monotonic()
            try:
                self.process = subprocess.Popen(
                    arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=enter)
            except FileNotFoundError as error:
                raise ServerFailure(f"{arguments[0]} is not there; larder-server: scripts/build release") from error
        self._wait_until_ready(begin, log_path)

    def _wait_until_ready(self, begin, log_path):
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() - begin > START_TIMEOUT_S:
                with open(log_path, encoding="utf-8", errors="replace") as log:
                    last_lines = "".join(log.readlines()[-5:])
                raise ServerFailure(f"'{self.command}' does not start:\n{last_lines}")
            time.sleep(0.0002)
        self.start_ms = (time.monotonic() - begin) * 1000

    def _answers(self):
        try:
            with self.client() as client:
                return client.call("PING") == b"PONG"
        except (OSError, ReplyError):
            return False
