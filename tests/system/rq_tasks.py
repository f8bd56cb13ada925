"""The functions that the workers of test_rq.py run."""

import time

from rq import get_current_job


def add(a, b):
    return a + b


def fail():
    raise ValueError("not now")


def twice_then_well(path):
    with open(path, "a", encoding="utf8") as file:
        file.write("x")
    with open(path, encoding="utf8") as file:
        if len(file.read()) < 3:
            raise ValueError("not yet")
    return "well"


def report():
    """Says of itself what only the server can tell it."""
    job = get_current_job()
    job.meta["step"] = 1
    job.save_meta()
    return [job.origin, job.dependency.return_value() if job.dependency else None]


def sleep(seconds):
    time.sleep(seconds)
