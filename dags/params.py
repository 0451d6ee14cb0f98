"""
A report of so many rows, for which somebody may ask with another number.

Use params for what a person may choose when asking for a run. Give each a schema: what does not fit is refused before
anything starts.
"""

from datetime import datetime

try:
    from airflow.sdk import Param, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models.param import Param


@dag(
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"rows": Param(10, type="integer", minimum=1, maximum=100)},
    tags=["conformance"],
)
def params():
    @task
    def report(rows: str) -> str:
        return f"{rows} rows"

    report("{{ params.rows }}")


params()
