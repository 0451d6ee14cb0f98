"""
Orders that are published, and people who are told of it.

Use callbacks to tell people or systems, not to do work: what fails in them changes nothing. A task that never started
calls nobody, so whoever must hear of every failure sets the callback of the DAG, too.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


def tell(context) -> None:
    """In real life: a message to whoever is on call."""
    print(context["run_id"])


@dag(
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    on_success_callback=tell,
    on_failure_callback=tell,
    tags=["conformance"],
)
def callbacks():
    @task(on_execute_callback=tell, on_failure_callback=tell, retries=1, retry_delay=timedelta(minutes=1))
    def load() -> str:
        return "orders"

    @task.branch
    def pick() -> str:
        return "publish"

    @task(on_execute_callback=tell, on_success_callback=tell, on_failure_callback=tell)
    def publish() -> str:
        return "published"

    @task
    def archive() -> str:
        return "archived"

    load() >> pick() >> [publish(), archive()]


callbacks()
