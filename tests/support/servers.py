"""Servers under test: each gets a free port of 127.0.0.1 and a folder of its own, and is stopped by its process id."""

import os
import pathlib
import random
import shlex
import shutil
import socket
import subprocess
import tempfile
import time

from support.resp import Connection

START_S = 20
STOP_S = 20
TOP = pathlib.Path(__file__).resolve().parents[2]
LARDER = os.environ.get("LARDER_SERVER") or str(TOP / "build/release/larder-server")
REDIS = "redis-server"


class StartFailed(Exception):
    """The server ended before it answered; the text is what it printed."""


def free_port():
    """A port below those that the kernel hands out to clients, so that nobody takes it meanwhile by chance."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Server:
    """A running server; a context manager. `settings` are directives, such as maxclients=10 or requirepass="x"."""

    def __init__(self, command=LARDER, **settings):
        self.command = shlex.split(command)
        self.settings = settings
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="larder-test-"))
        self.log_path = self.folder / "log"
        self.process = None
        self.port = None
        try:
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def start(self):
        for attempt in range(5):
            self.port = self.settings.get("port") or free_port()
            self._spawn()
            try:
                self._wait_until_ready()
                return
            except StartFailed as failure:
                taken = "Address already in use" in str(failure) and "port" not in self.settings
                if not taken or attempt == 4:
                    raise

    def _spawn(self):
        directives = {
            "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(self.folder),
            "enable-debug-command": "yes",
        } | {name.replace("_", "-"): value for name, value in self.settings.items()} | {"port": self.port}
        arguments = []
        for name, value in directives.items():
            arguments += [f"--{name}", *(value if isinstance(value, (list, tuple)) else [str(value)])]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                self.command + arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise StartFailed(f"{self.command} ended with {self.process.returncode}:\n{self.log()}")
            if self._is_ready():
                return
            time.sleep(0.005)
        self.stop()
        raise StartFailed(f"{self.command} did not listen within {START_S} s:\n{self.log()}")

    def _is_ready(self):
        """It says so and it listens. Listening alone could be somebody else, where the port was taken."""
        if not self.settings.keys() & {"logfile", "loglevel"} and "Ready to accept connections" not in self.log():
            return False
        try:
            Connection(self.port, timeout_s=1).close()
            return True
        except OSError:
            return False

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def connect(self, timeout_s=10):
        return Connection(self.port, timeout_s)

    def stop(self):
        """Asks it to end, insists after a while; returns its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
