"""
A task that is tried again when it fails.

Use it for anything that leaves the machine: a second try cures most of what is wrong with a network. The task has
to be idempotent. Raise `AirflowFailException` where a second try cannot help, and set `execution_timeout`: nothing
else ends a task that hangs.
"""

from datetime import datetime, timedelta

try:
    from airflow.providers.standard.sensors.time_delta import TimeDeltaSensorAsync
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.sensors.time_delta import TimeDeltaSensorAsync


def tell(context) -> None:
    """In real life: a message to whoever is on call."""
    print(context["ti"])


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def retry():
    @task(
        retries=3,
        retry_delay=timedelta(minutes=2),
        execution_timeout=timedelta(minutes=10),
        on_retry_callback=tell,
        on_failure_callback=tell,
        on_success_callback=tell,
    )
    def call_api() -> str:
        return "answer"

    # A service that is down for long is not helped by a request every two minutes.
    @task(
        retries=6,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=True,
        max_retry_delay=timedelta(minutes=15),
    )
    def call_overloaded_api() -> str:
        return "answer"

    @task.sensor(mode="reschedule", poke_interval=300, timeout=3600, retries=2, retry_delay=timedelta(minutes=1))
    def wait_for_answer() -> bool:
        return True

    # The time for which it is deferred is a part of its try, so `execution_timeout` has to allow for it.
    pause = TimeDeltaSensorAsync(
        task_id="pause",
        delta=timedelta(hours=1),
        retries=2,
        retry_delay=timedelta(minutes=1),
        execution_timeout=timedelta(hours=2),
    )

    call_api()
    call_overloaded_api()
    pause >> wait_for_answer()


retry()
