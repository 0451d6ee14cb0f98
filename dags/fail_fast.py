"""
Tasks side by side of which the first failure ends all others.

Use it when the rest is a waste of time or money once one has failed. Tasks that still run are ended as failed, those
that wait are skipped, and that is a trap: with a join at the end, which is then skipped, the run succeeds. Every task
has to keep the default trigger rule; a teardown still runs.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task

    STOP_AT_FIRST_FAILURE = {"fail_fast": True}
except ImportError:
    from airflow.decorators import dag, task

    STOP_AT_FIRST_FAILURE = {"fail_stop": True}  # its name before Airflow 3


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"], **STOP_AT_FIRST_FAILURE)
def fail_fast():
    @task
    def train_small() -> str:
        return "small"

    @task(retries=1)
    def train_large() -> str:
        return "large"

    @task
    def train_huge() -> str:
        return "huge"

    train_small()
    train_large()
    train_huge()


fail_fast()
