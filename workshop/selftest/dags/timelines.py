"""DAGs whose timelines were worked out by hand, in test_simulator_timelines.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from workshop.selftest.sdk import DAG, task

MINUTE = timedelta(minutes=1)
WAIT = {"poke_interval": 60, "timeout": 300}
LONG_WAIT = {"timeout": 31 * 86400}
NEVER = datetime(2024, 1, 1)


def called(context):
    """Do nothing; that it is called is on record."""


def hook(*args):
    """Fail the task; a scripted task must not call it."""
    raise AssertionError("a hook of the task's own was called")


with DAG("retrying", start_date=NEVER, schedule=None):

    @task(retries=3, retry_delay=5 * MINUTE)
    def constant(): ...

    @task(retries=5, retry_delay=MINUTE, retry_exponential_backoff=True, max_retry_delay=10 * MINUTE)
    def growing(): ...

    @task(retries=0)
    def once(): ...

    constant(), growing(), once()


with DAG("waiting", start_date=NEVER, schedule=None):

    @task.sensor(mode="poke", **WAIT)
    def poke():
        return True

    @task.sensor(mode="reschedule", **WAIT)
    def reschedule():
        return True

    poke(), reschedule()


for name, interval in {"short_wait": 60, "long_wait": 86400}.items():
    with DAG(name, start_date=NEVER, schedule=None):

        @task.sensor(mode="poke", poke_interval=interval, **LONG_WAIT)
        def poking():
            return True

        @task.sensor(mode="reschedule", poke_interval=interval, **LONG_WAIT)
        def rescheduling():
            return True

        poking(), rescheduling()


with DAG("overlapping", start_date=NEVER, schedule=None):

    @task
    def slow(): ...

    @task
    def sibling(): ...

    @task
    def after_slow(): ...

    @task
    def after_sibling(): ...

    @task(execution_timeout=5 * MINUTE, retries=1, retry_delay=10 * MINUTE)
    def limited(): ...

    slow() >> after_slow()
    sibling() >> after_sibling()
    limited()


with DAG("mapping", start_date=NEVER, schedule=None):

    @task
    def items():
        return [1, 2, 3]

    @task(retries=1, retry_delay=5 * MINUTE)
    def each(item): ...

    @task
    def total(): ...

    each.expand(item=items()) >> total()


with DAG("calling", start_date=NEVER, schedule=None, on_success_callback=called, on_failure_callback=called):

    @task(
        retries=1,
        retry_delay=5 * MINUTE,
        on_execute_callback=called,
        on_retry_callback=called,
        on_failure_callback=called,
        on_success_callback=called,
        pre_execute=hook,
        post_execute=hook,
    )
    def caller():
        hook()

    caller()
