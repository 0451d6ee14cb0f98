"""
Tasks one after another, with a point from which the run goes on although something upstream of it failed.

Use it when there is something to go on with, here the report of the day before. When the cause is repaired, clear the
task that failed with all that is downstream of it: what succeeded before it is not repeated. `dagrun_timeout` ends a
run that hangs.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    dagrun_timeout=timedelta(hours=3),
    tags=["conformance"],
)
def chain_failure():
    @task
    def download() -> list[int]:
        return [3, 1, 2]

    @task
    def clean(rows: list[int]) -> list[int]:
        return sorted(rows)

    @task(retries=1)
    def publish(rows: list[int]) -> str:
        return f"report of {len(rows)} rows"

    @task(trigger_rule="all_done")
    def choose(report: str | None) -> str:
        return report or "report of yesterday"

    @task
    def send(report: str) -> str:
        return f"{report} is sent"

    send(choose(publish(clean(download()))))


chain_failure()
