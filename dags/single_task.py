"""
One task, the smallest DAG there is.

Use it for a job that either happened or did not. Do not put several steps into one task because it is shorter: a
retry repeats all of them.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def single_task():
    @task
    def count_orders() -> dict[str, int]:
        """What it returns is kept as an XCom, where a person or a later task can find it."""
        return {"orders": 3}

    count_orders()


single_task()
