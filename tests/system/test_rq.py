"""python3-rq: jobs, their workers, what they leave behind and what comes later, over a Unix socket."""

import datetime
import multiprocessing
import time
import unittest

import redis
import rq
from rq.command import send_stop_job_command
from rq.job import JobStatus
from rq.registry import FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry, StartedJobRegistry
from rq.worker import SimpleWorker

import rq_tasks
from support.case import ServerCase


class Rq(ServerCase):
    settings = {"unixsocket": "s.sock"}

    def setUp(self):
        super().setUp()
        self.client = redis.Redis(unix_socket_path=str(self.server.folder / "s.sock"), db=5)
        self.addCleanup(self.client.close)
        self.queue = rq.Queue("low", connection=self.client)

    def work(self, *queues, worker_class=SimpleWorker, **options):
        worker = worker_class(list(queues) or [self.queue], connection=self.client)
        worker.log.disabled = True
        worker.work(burst=True, logging_level="CRITICAL", **options)
        return worker

    def test_jobs_results_and_order(self):
        high = rq.Queue("high", connection=self.client)
        jobs = [self.queue.enqueue(rq_tasks.add, n, 1) for n in range(50)]
        first = self.queue.enqueue(rq_tasks.add, 1, 1, at_front=True)
        urgent = high.enqueue(rq_tasks.add, "a", "b")
        self.assertEqual(len(self.queue), 51)
        self.assertEqual(self.queue.job_ids[0], first.id)
        self.work(high, self.queue)
        self.assertEqual(urgent.result, "ab")
        self.assertEqual([job.result for job in jobs], list(range(1, 51)))
        for job in (urgent, first, jobs[0]):
            job.refresh()
        self.assertLess(urgent.ended_at, first.ended_at)
        self.assertLess(first.ended_at, jobs[0].ended_at)
        self.assertEqual(len(FinishedJobRegistry(queue=self.queue)), 51)
        self.assertEqual(self.queue.count, 0)

    def test_a_worker_that_forks(self):
        job = self.queue.enqueue(rq_tasks.add, 1, 2, result_ttl=100)
        slow = self.queue.enqueue(rq_tasks.sleep, 10, job_timeout=1)
        worker = self.work(worker_class=rq.Worker)
        self.assertEqual(job.result, 3)
        self.assertIn(self.client.ttl(job.key), range(90, 101))
        self.assertEqual(slow.get_status(), JobStatus.FAILED)
        self.assertIn("JobTimeoutException", slow.exc_info)
        worker.refresh()
        self.assertEqual((worker.successful_job_count, worker.failed_job_count), (1, 1))
        self.assertEqual(rq.Worker.all(connection=self.client), [])

    def test_failures_and_retries(self):
        failing = self.queue.enqueue(rq_tasks.fail)
        flaky = self.queue.enqueue(rq_tasks.twice_then_well, str(self.server.folder / "trace"), retry=rq.Retry(max=3))
        self.work()
        self.assertEqual(flaky.result, "well")
        failed = FailedJobRegistry(queue=self.queue)
        self.assertEqual(failed.get_job_ids(), [failing.id])
        self.assertIn("not now", failing.exc_info)
        failed.requeue(failing.id)
        self.assertEqual(self.queue.job_ids, [failing.id])
        self.assertEqual(self.queue.empty(), 1)
        self.assertFalse(rq.job.Job.exists(failing.id, connection=self.client))

    def test_dependencies(self):
        first = self.queue.enqueue(rq_tasks.add, 2, 3)
        second = self.queue.enqueue(rq_tasks.report, depends_on=first)
        never = self.queue.enqueue(rq_tasks.add, 1, 1, depends_on=self.queue.enqueue(rq_tasks.fail))
        self.assertEqual(second.get_status(), JobStatus.DEFERRED)
        self.work()
        self.assertEqual(second.result, ["low", 5])
        self.assertEqual(second.get_meta()["step"], 1)
        self.assertEqual(never.get_status(), JobStatus.DEFERRED)

    def test_later(self):
        job = self.queue.enqueue_in(datetime.timedelta(seconds=1), rq_tasks.add, 1, 2)
        scheduled = ScheduledJobRegistry(queue=self.queue)
        self.assertEqual(scheduled.get_job_ids(), [job.id])
        self.work()
        self.assertEqual(job.get_status(), JobStatus.SCHEDULED)
        time.sleep(1)
        scheduler = rq.scheduler.RQScheduler([self.queue], connection=self.client)
        self.assertEqual(scheduler.acquire_locks(), {"low"})
        self.assertEqual(rq.scheduler.RQScheduler([self.queue], connection=self.client).acquire_locks(), set())
        scheduler.enqueue_scheduled_jobs()
        scheduler.release_locks()
        self.work()
        self.assertEqual(job.result, 3)

    def test_a_job_is_stopped_from_outside(self):
        """The worker hears of it over pub/sub."""
        job = self.queue.enqueue(rq_tasks.sleep, 60)
        process = multiprocessing.get_context("fork").Process(target=self.work, kwargs={"worker_class": rq.Worker})
        process.start()
        self.addCleanup(process.join)
        self.addCleanup(process.kill)
        self.wait_until("the job begins", lambda: self.worker_of(job))
        self.assertEqual([worker.get_current_job_id() for worker in rq.Worker.all(connection=self.client)], [job.id])
        self.assertEqual(StartedJobRegistry(queue=self.queue).get_job_ids(), [job.id])
        self.wait_until("it is stopped", lambda: self.stop(job) == JobStatus.STOPPED)
        process.join(20)
        self.assertEqual(process.exitcode, 0)

    @staticmethod
    def worker_of(job):
        job.refresh()
        return job.get_status() == JobStatus.STARTED and job.worker_name

    def stop(self, job):
        """The command is a message: nobody hears it where the job has not begun, or has ended."""
        if self.worker_of(job):
            send_stop_job_command(self.client, job.id)
            time.sleep(0.3)
        return job.get_status()


if __name__ == "__main__":
    unittest.main()
