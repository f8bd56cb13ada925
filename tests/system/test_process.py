"""What the system sees of the server's process: title, cores, score when memory is short; and what is left of a crash."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from support.case import ServerCase, only_larder
from support.resp import Closed, Error
from support.servers import LARDER

CORES = sorted(os.sched_getaffinity(0))


def of_process(pid, name):
    return pathlib.Path(f"/proc/{pid}/{name}").read_text()


def title(pid):
    return of_process(pid, "cmdline").rstrip("\0")


def score(pid):
    return int(of_process(pid, "oom_score_adj"))


def cores(pid, thread=None):
    status = of_process(pid, f"task/{thread or pid}/status")
    return re.search(r"Cpus_allowed_list:\s*(\S+)", status)[1]


def threads(pid):
    """Ids by name."""
    return {of_process(pid, f"task/{task}/comm").strip(): task for task in os.listdir(f"/proc/{pid}/task")}


class ProcessCase(ServerCase):
    def child_of(self, connection, command):
        """The process id of a child that dawdles."""
        connection.call("SET", "a", "1")
        connection.call("CONFIG", "SET", "rdb-key-save-delay", "30000000")
        connection.call(*command)
        children = f"task/{self.server.process.pid}/children"
        self.wait_until("there is a child", lambda: of_process(self.server.process.pid, children))
        return int(of_process(self.server.process.pid, children))


@only_larder
class Priority(ProcessCase):
    def test_a_child_gives_way_to_who_serves(self):
        child = self.child_of(self.connect(), ["BGSAVE"])
        niceness = os.getpriority(os.PRIO_PROCESS, self.server.process.pid)
        self.wait_until("it is nicer", lambda: os.getpriority(os.PRIO_PROCESS, child) == min(niceness + 10, 19))


@only_larder
class Title(ProcessCase):
    def test_it_names_program_and_address(self):
        self.assertEqual(title(self.server.process.pid), f"{LARDER} 127.0.0.1:{self.server.port}")

    def test_it_follows_its_template(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "proc-title-template", "cache {port} {title}")
        self.assertEqual(title(self.server.process.pid), f"cache {self.server.port} {LARDER}")
        self.assertIsInstance(connection.call("CONFIG", "SET", "proc-title-template", "{x}"), Error)

    def test_children_have_their_own(self):
        child = self.child_of(self.connect(), ["BGSAVE"])
        self.wait_until("the title is shown", lambda: title(child).startswith("larder-rdb-bgsave 127.0.0.1:"))

    def test_none_where_that_is_asked_for(self):
        server = self.start(set_proc_title="no")
        self.assertIn("--set-proc-title", title(server.process.pid))


@only_larder
class Score(ProcessCase):
    def test_it_is_relative_absolute_and_given_back(self):
        connection = self.connect()
        pid = self.server.process.pid
        before = score(pid)

        def set_to(how, values="11 22 33"):
            self.assertEqual(
                bytes(connection.call("CONFIG", "SET", "oom-score-adj", how, "oom-score-adj-values", values)), b"OK")

        set_to("yes")
        self.assertEqual(score(pid), before + 11)
        set_to("relative", "15 22 33")
        self.assertEqual(score(pid), before + 15)
        set_to("absolute", f"{before + 20} 22 33")
        self.assertEqual(score(pid), before + 20)
        set_to("no")
        self.assertEqual(score(pid), before)

    def test_a_child_is_ended_first(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "oom-score-adj", "yes", "oom-score-adj-values", "5 10 100")
        before = score(self.server.process.pid) - 5
        child = self.child_of(connection, ["BGSAVE"])
        self.wait_until("the child has its score", lambda: score(child) == before + 100)

    def test_it_can_be_had_from_the_start(self):
        server = self.start(oom_score_adj="yes", oom_score_adj_values=["7", "8", "9"])
        self.assertEqual(score(server.process.pid), score(self.server.process.pid) + 7)


@only_larder
class Cores(ProcessCase):
    settings = {"server-cpulist": str(CORES[0]), "bio-cpulist": str(CORES[-1]), "bgsave-cpulist": str(CORES[-1]),
                "aof_rewrite_cpulist": str(CORES[-1]), "appendonly": "yes"}

    def test_each_has_its_own(self):
        pid = self.server.process.pid
        self.assertEqual(cores(pid), str(CORES[0]))
        self.assertEqual(cores(pid, threads(pid)["larder-aof"]), str(CORES[-1]))
        child = self.child_of(self.connect(), ["BGREWRITEAOF"])
        self.wait_until("the child has its cores", lambda: cores(child) == str(CORES[-1]))

    def test_a_list_that_is_none_is_refused(self):
        run = subprocess.run([LARDER, "--server-cpulist", "1-x"], capture_output=True, timeout=20)
        self.assertEqual(run.returncode, 1)
        self.assertIn(b"must be a list of cores", run.stderr)

    def test_cores_that_are_not_there_are_told_of(self):
        server = self.start(server_cpulist="1000")
        self.assertIn("The system refuses the cores of server-cpulist: Invalid argument", server.log())


@only_larder
@unittest.skipUnless(os.geteuid() == 0, "needs somebody else's folder")
class Elsewhere(unittest.TestCase):
    def test_it_may_be_started_where_it_may_not_look(self):
        folder = tempfile.mkdtemp(prefix="larder-test-")
        self.addCleanup(shutil.rmtree, folder)
        run = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", LARDER, "--check-config"],
                             cwd=folder, capture_output=True, timeout=20)
        self.assertEqual((run.returncode, run.stderr), (0, b""))


@only_larder
class Crash(ServerCase):
    def crash(self, *command):
        """Its log, after a command that ended the server."""
        with self.assertRaises((Closed, ConnectionError)):
            self.connect().call(*command)
        self.server.process.wait(20)
        return self.server.log()

    def assert_is_report(self, log):
        for part in ("=== LARDER BUG REPORT START", "------ STACK TRACE ------", "------ STACK TRACE DONE ------",
                     "------ CURRENT CLIENT INFO ------", "------ INFO OUTPUT ------", "larder_version:", "db0:keys=1",
                     "=== LARDER BUG REPORT END."):
            self.assertEqual(log.count(part), 1, part)
        self.assertRegex(log, r"0x[0-9a-f]+ _ZN6larder10Dispatcher|_ZN6larder\w+Dispatcher\w+\+0x[0-9a-f]+ \(0x[0-9a-f]+\)")

    def setUp(self):
        super().setUp()
        self.connect().call("SET", "a", "1")

    def test_a_signal_leaves_a_report(self):
        log = self.crash("DEBUG", "SEGFAULT")
        self.assert_is_report(log)
        self.assertIn("crashed by signal: 11", log)
        self.assertIn("------ REGISTERS ------", log)
        self.assertRegex(log, r"addr=127\.0\.0\.1:\d+ db=0 cmd=debug")
        self.assertEqual(self.server.process.returncode, -signal.SIGSEGV)

    def test_a_failed_check_leaves_one_report(self):
        log = self.crash("DEBUG", "ASSERT")
        self.assert_is_report(log)
        self.assertRegex(log, r"=== ASSERTION FAILED ===\n==> \S+debug\.cc:\d+ 'false' is not true: DEBUG ASSERT")
        self.assertNotIn("crashed by signal", log)
        self.assertEqual(self.server.process.returncode, -signal.SIGABRT)

    def test_it_tells_where_other_threads_are(self):
        self.connect().call("CONFIG", "SET", "appendonly", "yes")
        self.wait_until("there are some", lambda: "larder-aof" in threads(self.server.process.pid))
        others = self.crash("DEBUG", "SEGFAULT").split("------ OTHER THREADS ------")[1]
        self.assertRegex(others, r"thread \d+, larder-aof\n0 0x")
        self.assertRegex(others, r"_ZN6larder7persist12AppendWriter3runEv")
        for name in "larder-aof", "larder-aof-sync":  # the allocator's takes no signals
            self.assertNotIn(f"{name}\ndoes not answer", others)

    def test_it_may_exit_rather(self):
        self.connect().call("CONFIG", "SET", "use-exit-on-panic", "yes")
        self.assert_is_report(self.crash("DEBUG", "PANIC"))
        self.assertEqual(self.server.process.returncode, 1)

    def test_arguments_are_shown_where_they_may_be(self):
        self.assertRegex(self.crash("DEBUG", "SEGFAULT"), r"argv\[1\]: \*redacted\*, 8 bytes")
        self.server.start()
        with self.server.connect() as connection:
            connection.call("SET", "a", "1")
            connection.call("CONFIG", "SET", "hide-user-data-from-log", "no")
        self.assertIn('argv[1]: "SEGFAULT"', self.crash("DEBUG", "SEGFAULT"))

    def test_none_where_it_is_turned_off(self):
        self.connect().call("CONFIG", "SET", "crash-log-enabled", "no")
        self.assertNotIn("BUG REPORT", self.crash("DEBUG", "SEGFAULT"))
        self.assertEqual(self.server.process.returncode, -signal.SIGSEGV)

    def test_who_killed_it_is_named(self):
        self.server.process.send_signal(signal.SIGABRT)
        self.server.process.wait(20)
        self.assertIn(f"Killed by PID: {os.getpid()}", self.server.log())

    def test_a_logfile_has_it(self):
        server = self.start(logfile="server.log")
        server.process.send_signal(signal.SIGBUS)
        server.process.wait(20)
        self.assertIn("crashed by signal: 7", (server.folder / "server.log").read_text())


@only_larder
class Locale(ServerCase):
    WORDS = "banana", "Apple", "cherry", "apple", "Banana"
    BY_BYTES = [b"Apple", b"Banana", b"apple", b"banana", b"cherry"]
    BY_LANGUAGE = [b"apple", b"Apple", b"banana", b"Banana", b"cherry"]

    @classmethod
    def setUpClass(cls):
        """A locale of its own: a system may have none but that of bytes."""
        cls.folder = tempfile.mkdtemp(prefix="larder-locales-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        made = shutil.which("localedef") and subprocess.run(
            ["localedef", "-i", "en_US", "-f", "UTF-8", f"{cls.folder}/en_US.UTF-8"], capture_output=True, check=False)
        if not os.path.isdir(f"{cls.folder}/en_US.UTF-8"):
            raise unittest.SkipTest(f"no locale can be made here: {made}")

    def started(self, language, **settings):
        self.command = f"env LOCPATH={self.folder} LC_ALL={language} {LARDER}"
        connection = self.start(**settings).connect()
        self.addCleanup(connection.close)
        connection.call("RPUSH", "words", *self.WORDS)
        connection.call("MSET", *(word for each in self.WORDS for word in (f"w:{each}", each)))
        return connection

    def assert_sorts(self, connection, expected):
        self.assertEqual(connection.call("SORT", "words", "ALPHA"), expected)
        self.assertEqual(connection.call("SORT", "words", "BY", "w:*", "ALPHA"), expected)
        self.assertEqual(connection.call("SORT", "words", "ALPHA", "DESC", "LIMIT", 0, 2), expected[:2:-1])
        smaller = connection.call("EVAL", "return 'apple' < 'Banana'", 0)
        self.assertEqual(smaller, 1 if expected is self.BY_LANGUAGE else None)
        connection.call("SORT", "words", "ALPHA", "STORE", "stored")
        self.assertEqual(connection.call("LRANGE", "stored", 0, -1), self.BY_BYTES)

    def test_the_environments(self):
        self.assert_sorts(self.started("en_US.UTF-8"), self.BY_LANGUAGE)
        self.assert_sorts(self.started("C"), self.BY_BYTES)
        self.assert_sorts(self.started("xx_XX"), self.BY_BYTES)

    def test_the_settings(self):
        connection = self.started("C", **{"locale-collate": "en_US.UTF-8"})
        self.assert_sorts(connection, self.BY_LANGUAGE)
        self.assertEqual(connection.call("CONFIG", "SET", "locale-collate", "C"), b"OK")
        self.assert_sorts(connection, self.BY_BYTES)
        refused = connection.call("CONFIG", "SET", "locale-collate", "xx_XX")
        self.assertRegex(refused, b"Failed to configure LOCALE for invalid locale name")
        self.assert_sorts(connection, self.BY_BYTES)


@only_larder
class StandingStill(ServerCase):
    def test_the_watchdog_says_where(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "watchdog-period", "200")
        connection.call("DEBUG", "SLEEP", "0.8")
        log = self.server.log()
        self.assertEqual(log.count("WATCHDOG TIMER EXPIRED"), 1)
        self.assertIn("cmd=debug", log)
        self.assertRegex(log, r"_ZN6larder7control\S*5sleep")
        self.assertEqual(bytes(connection.call("PING")), b"PONG")
        connection.call("CONFIG", "SET", "watchdog-period", "0")
        connection.call("DEBUG", "SLEEP", "0.8")
        self.assertEqual(self.server.log().count("WATCHDOG TIMER EXPIRED"), 1)

    def test_and_so_does_a_signal(self):
        self.server.process.send_signal(signal.SIGALRM)
        self.wait_until("it is told", lambda: "------ STACK TRACE DONE ------" in self.server.log())
        self.assertIn("Received SIGALRM", self.server.log())
        self.assertEqual(bytes(self.connect().call("PING")), b"PONG")


if __name__ == "__main__":
    unittest.main()
