"""
A message each morning: of the mornings that are made up for, only the newest has one.

Use it as `latest_only`, for work that is about an instant.
"""

from datetime import datetime

try:
    from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
    from airflow.sdk import CronTriggerTimetable, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.operators.latest_only import LatestOnlyOperator
    from airflow.timetables.trigger import CronTriggerTimetable


@dag(
    schedule=CronTriggerTimetable("0 6 * * *", timezone="UTC"),
    start_date=datetime(2024, 1, 1),
    catchup=True,
    tags=["conformance"],
)
def latest_only_points():
    is_latest = LatestOnlyOperator(task_id="is_latest")

    @task
    def send() -> str:
        return "good morning"

    is_latest >> send()


latest_only_points()
