"""The DAGs that bench.py measures."""

from __future__ import annotations

from datetime import datetime, timedelta

from workshop.selftest.sdk import DAG, task

NEVER = datetime(2024, 1, 1)
WAIT = {"poke_interval": 60, "timeout": 300}

with DAG("five", start_date=NEVER, schedule=None):

    @task
    def extract():
        """Return a number."""
        return 1

    @task
    def left(number):
        """Return a number."""
        return number

    @task
    def right(number):
        """Return a number."""
        return number

    @task
    def join(one, other):
        """Return a number."""
        return one + other

    @task
    def load(number):
        """Do nothing."""

    extracted = extract()
    load(join(left(extracted), right(extracted)))


with DAG("patient", start_date=NEVER, schedule=None):

    @task(retries=3, retry_delay=timedelta(minutes=10), retry_exponential_backoff=True)
    def retried():
        """Do nothing."""

    @task.sensor(mode="poke", **WAIT)
    def poke():
        """Be there."""
        return True

    @task.sensor(mode="reschedule", **WAIT)
    def reschedule():
        """Be there."""
        return True

    retried(), poke(), reschedule()
