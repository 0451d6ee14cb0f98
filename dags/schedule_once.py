"""
A table that is set up once, when the DAG is turned on.

Use it for what is never done again; a second time somebody has to ask for it.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule="@once", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def schedule_once():
    @task
    def set_up() -> str:
        return "table"

    set_up()


schedule_once()
