"""
Orders of a day on which there may be none: then nobody is told that they are published, but that there are none.

Use `on_skipped_callback` where a skip is news; it is not called for what a branch or an upstream task skips.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


def tell(context) -> None:
    """In real life: a message to whoever is on call."""
    print(context["run_id"])


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def callbacks_skipped():
    @task(on_skipped_callback=tell, on_success_callback=tell)
    def publish() -> str:
        return "published"

    publish()


callbacks_skipped()
