"""The tasks that the workers of test_celery.py run; CELERY_BROKER and CELERY_BACKEND say where."""

import os
import time

from celery import Celery

VISIBLE_AFTER_S = 2

app = Celery("app", broker=os.environ["CELERY_BROKER"], backend=os.environ["CELERY_BACKEND"])
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": VISIBLE_AFTER_S,
        "unacked_restore_limit": 10,
        "queue_order_strategy": "priority",
        "priority_steps": [0, 5, 9],
    },
    result_backend_transport_options={"retry_policy": {"max_retries": 3, "interval_max": 0.2}},
    result_expires=600,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
)


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def flaky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.05)
    return self.request.retries


@app.task
def fail():
    raise ValueError("not now")


@app.task
def remember(path, word):
    """Leaves a trace of the order in which tasks ran."""
    with open(path, "a", encoding="utf8") as file:
        file.write(f"{word}\n")


@app.task
def wait(path):
    """Says that it began, and ends only when it is told to, or with its worker."""
    remember(path, "began")
    while not os.path.exists(f"{path}.go"):
        time.sleep(0.02)
    return "done"
