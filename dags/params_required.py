"""
A correction of one day, which whoever asks for it has to name.

Use a param without a default only in a DAG without a schedule: nobody gives a value for a scheduled run.
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
    params={"day": Param(type="string", format="date")},
    tags=["conformance"],
)
def params_required():
    @task
    def correct(day: str) -> str:
        return f"corrected {day}"

    correct("{{ params.day }}")


params_required()
