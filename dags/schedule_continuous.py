"""
A queue that is emptied all the time: a run starts when the one before has ended.

Use it where work comes at any time and nothing tells when, and no two runs may be at work together.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule="@continuous", start_date=datetime(2024, 1, 1), catchup=False, max_active_runs=1, tags=["conformance"])
def schedule_continuous():
    @task
    def empty_queue() -> str:
        return "empty"

    empty_queue()


schedule_continuous()
