"""
Tasks that are tried again, in a nested task group, as a mapped task, and in a mapped task group.

Use it when some of many items fail: each instance of a mapped task has tries of its own, so that one that is tried
again does not repeat the others. What is downstream of the mapped task waits for the last try of the last instance.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


def tell(context) -> None:
    """In real life: a message to whoever is on call."""
    print(context["ti"])


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def retry_in_groups():
    @task(
        retries=2,
        retry_delay=timedelta(minutes=3),
        execution_timeout=timedelta(minutes=10),
        on_retry_callback=tell,
        on_failure_callback=tell,
        on_success_callback=tell,
    )
    def call_api(endpoint: str) -> str:
        return endpoint

    @task(
        retries=5,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=True,
        max_retry_delay=timedelta(minutes=10),
    )
    def call_overloaded_api(endpoint: str) -> str:
        return endpoint

    @task_group
    def shop():
        @task_group
        def orders():
            call_api("orders")
            call_overloaded_api("orders")

        orders()

    @task_group
    def customer(name: str):
        call_api(name)
        call_overloaded_api(name)

    shop()
    call_api.expand(endpoint=["stock", "prices"])
    customer.expand(name=["Ada", "Grace"])


retry_in_groups()
