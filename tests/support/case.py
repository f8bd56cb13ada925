"""What system tests stand on: a server for each test, stopped after it, whose log is shown where the test failed.

LARDER_SERVER names the server's command; with redis-server, tests of what only Larder does are skipped.
"""

import resource
import time
import unittest

from support.servers import LARDER, Server

WAIT_S = 20
IS_LARDER = "larder" in LARDER


class ServerCase(unittest.TestCase):
    """A test case whose class attribute `settings` are the directives of its server, and `command` starts it."""

    settings = {}
    command = LARDER

    def setUp(self):
        self.server = self.start(**self.settings)

    def start(self, **settings):
        """One more server, for this test only."""
        server = Server(self.command, **settings)
        self.addCleanup(server.__exit__)
        self.addCleanup(self._show_log, server)
        return server

    def _show_log(self, server):
        outcome = self._outcome
        errors = getattr(outcome, "errors", None) or outcome.result.errors + outcome.result.failures
        if any(test is self and trace for test, trace in errors):
            print(f"--- log of the server of {self.id()}\n{server.log()[-4000:]}")

    def connect(self, **options):
        connection = self.server.connect(**options)
        self.addCleanup(connection.close)
        return connection

    def info(self, *sections):
        """INFO's fields."""
        with self.server.connect() as connection:
            text = connection.call("INFO", *sections).decode()
        return dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)

    def has_jemalloc(self):
        """Whether the server knows at each moment what it uses, and what of it is wasted; else some milliseconds late."""
        return self.info("memory")["mem_allocator"].startswith("jemalloc")

    def wait_until(self, what, condition, timeout_s=WAIT_S):
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"{what}: not within {timeout_s} s")
            time.sleep(0.01)


only_larder = unittest.skipUnless(IS_LARDER, "only Larder does this")


def allow_open_files(count):
    """Raises this process's limit of open files, and so its servers'; skips the test where that is not allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise unittest.SkipTest(f"only {hard} open files are allowed here, {count} are needed")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
