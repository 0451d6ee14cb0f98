"""
Tables that are copied two at a time, so that the database is not too busy.

Use `max_active_tasks` for a DAG that would take too much of something it shares with nobody. What several DAGs share is
limited by a pool.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, max_active_tasks=2, tags=["conformance"])
def limits():
    for table in ("customers", "orders", "items", "stock", "prices"):

        @task(task_id=f"copy_{table}")
        def copy() -> str:
            return "copied"

        copy()


limits()
