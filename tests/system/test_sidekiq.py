"""Sidekiq (ruby-sidekiq): jobs in ruby/jobs.rb, run by its process; what is asked and checked, in ruby/client.rb."""

import os
import pathlib
import subprocess
import unittest

from support.case import ServerCase

HERE = pathlib.Path(__file__).parent / "ruby"


class Sidekiq(ServerCase):
    settings = {"unixsocket": "s.sock"}

    def setUp(self):
        super().setUp()
        self.use(f"redis://127.0.0.1:{self.server.port}/6")

    def use(self, url):
        self.environment = os.environ | {"REDIS_URL": url, "LANG": "C.UTF-8"}

    def check(self, name):
        run = subprocess.run(
            ["ruby", HERE / "client.rb", name], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, f"{name}: {run.stdout}{run.stderr}\n{self.sidekiq_log()}")

    def sidekiq_log(self):
        path = self.server.folder / "sidekiq.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def start_sidekiq(self):
        log = open(self.server.folder / "sidekiq.log", "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            ["ruby", "-S", "sidekiq", "--require", HERE / "jobs.rb", "--concurrency", "1", "--timeout", "1",
             "--queue", "urgent", "--queue", "default"],
            env=self.environment, cwd=self.server.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(self.stop, process)
        return process

    @staticmethod
    def stop(process):
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def test_queues(self):
        self.check("enqueue")
        self.start_sidekiq()
        self.check("worked")

    def test_schedules_and_retries_over_a_unix_socket(self):
        self.use(f"unix://{self.server.folder}/s.sock")
        self.start_sidekiq()
        self.check("later")

    def test_a_job_that_its_process_could_not_end_is_run_again(self):
        process = self.start_sidekiq()
        self.check("begin_slow")
        self.assertEqual(process.wait(20), 0)
        self.check("requeued")
        self.start_sidekiq()
        self.check("slow_ended")


if __name__ == "__main__":
    unittest.main()
