"""Celery on Larder as broker and as store of results: workers in processes of their own, and what is asked of them."""

import gc
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

from support.case import ServerCase

HERE = pathlib.Path(__file__).parent
RESULT_S = 30


class Celery(ServerCase):
    settings = {"unixsocket": "s.sock"}
    over_unix_socket = False

    def setUp(self):
        super().setUp()
        path = self.server.folder / "s.sock"
        address = f"127.0.0.1:{self.server.port}"
        place = f"redis+socket://{path}?virtual_host=" if self.over_unix_socket else f"redis://{address}/"
        os.environ["CELERY_BROKER"] = f"{place}3"
        os.environ["CELERY_BACKEND"] = f"{place}4"
        sys.modules.pop("celery_app", None)
        import celery_app
        self.tasks = celery_app
        self.addCleanup(self.tasks.app.close)
        self.addCleanup(gc.collect)  # results unsubscribe when they go: while the server is there
        self.trace = self.server.folder / "trace"

    def start_worker(self, *options):
        log = open(self.server.folder / "worker.log", "ab")
        self.addCleanup(log.close)
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--loglevel", "INFO", *options],
            cwd=HERE, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.addCleanup(self.stop, worker)
        return worker

    @staticmethod
    def stop(worker, how=signal.SIGTERM):
        if worker.poll() is None:
            os.kill(worker.pid, how)
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


class Results(Celery):
    def test_results_groups_chains_chords(self):
        from celery import chain, chord, group
        tasks = self.tasks
        self.start_worker("--pool", "prefork", "--concurrency", "2")
        results = [tasks.add.delay(n, 1) for n in range(50)]
        self.assertEqual([result.get(RESULT_S) for result in results], list(range(1, 51)))
        self.assertEqual(group(tasks.add.s(n, n) for n in range(20))().get(RESULT_S), [2 * n for n in range(20)])
        self.assertEqual(chain(tasks.add.s(1, 2), tasks.add.s(3), tasks.add.s(4))().get(RESULT_S), 10)
        self.assertEqual(chord((tasks.add.s(n, n) for n in range(20)), tasks.total.s())().get(RESULT_S), 380)

    def test_retries_failures_delays(self):
        tasks = self.tasks
        self.start_worker("--pool", "threads", "--concurrency", "2")
        began = time.monotonic()
        flaky, fail, late = tasks.flaky.delay(), tasks.fail.delay(), tasks.add.apply_async((1, 2), countdown=0.5)
        self.assertEqual(late.get(RESULT_S), 3)
        self.assertGreater(time.monotonic() - began, 0.45)
        self.assertEqual(flaky.get(RESULT_S), 2)
        with self.assertRaisesRegex(ValueError, "not now"):
            fail.get(RESULT_S)
        result = tasks.add.delay(3, 4)
        self.assertEqual(result.get(RESULT_S), 7)
        result.forget()
        self.assertEqual(result.state, "PENDING")

    def test_remote_control(self):
        tasks = self.tasks
        self.start_worker("--pool", "threads", "--concurrency", "1")
        self.assertEqual(tasks.add.delay(1, 2).get(RESULT_S), 3)
        control = tasks.app.control
        self.assertEqual([list(reply.values())[0] for reply in control.ping(timeout=2)], [{"ok": "pong"}])
        running = tasks.wait.delay(str(self.trace))
        self.wait_until("the task begins", self.trace.exists)
        active = control.inspect(timeout=2).active()
        self.assertEqual([task["id"] for [name, on] in active.items() for task in on], [running.id])
        revoked = tasks.add.delay(5, 6)
        revoked.revoke()
        time.sleep(0.2)  # a broadcast is not answered
        (self.trace.parent / "trace.go").touch()
        self.assertEqual(running.get(RESULT_S), "done")
        from celery.exceptions import TaskRevokedError
        with self.assertRaises(TaskRevokedError):
            revoked.get(RESULT_S)


class Queues(Celery):
    over_unix_socket = True

    def test_priorities(self):
        tasks = self.tasks
        for priority in (9, 5, 0):  # with Redis, 0 is served first
            for n in range(3):
                last = tasks.remember.apply_async((str(self.trace), f"{priority}.{n}"), priority=priority)
                if priority == 9:
                    slowest = last
        self.start_worker("--pool", "solo")
        slowest.get(RESULT_S)
        order = self.trace.read_text().split()
        self.assertEqual(order[0][0], "0")
        self.assertEqual(sorted(order), sorted(f"{priority}.{n}" for priority in (0, 5, 9) for n in range(3)))

    def test_purge_and_length(self):
        tasks = self.tasks
        for n in range(10):
            tasks.add.delay(n, n)
        with tasks.app.connection_for_read() as connection:
            self.assertEqual(connection.default_channel.queue_declare("celery", passive=True).message_count, 10)
        self.assertEqual(tasks.app.control.purge(), 10)

    def test_another_worker_takes_over_from_one_that_was_killed(self):
        tasks = self.tasks
        lost = self.start_worker("--pool", "solo", "--hostname", "lost@%h")
        result = tasks.wait.delay(str(self.trace))
        self.wait_until("the task begins", self.trace.exists)
        self.stop(lost, signal.SIGKILL)
        (self.trace.parent / "trace.go").touch()
        time.sleep(self.tasks.VISIBLE_AFTER_S + 0.5)
        self.start_worker("--pool", "solo", "--hostname", "heir@%h")  # looks for what was left behind as it starts
        self.assertEqual(result.get(60), "done")
        self.assertEqual(self.trace.read_text().split(), ["began", "began"])


if __name__ == "__main__":
    unittest.main()
