"""
A dashboard that shows the newest day: of the days that are made up for, it is not drawn again and again.

Use `LatestOnlyOperator` for what makes sense only now: a message, a dashboard.
"""

from datetime import datetime

try:
    from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
    from airflow.sdk import CronDataIntervalTimetable, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.operators.latest_only import LatestOnlyOperator
    from airflow.timetables.interval import CronDataIntervalTimetable


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2024, 1, 1),
    catchup=True,
    tags=["conformance"],
)
def latest_only():
    is_latest = LatestOnlyOperator(task_id="is_latest")

    @task
    def load() -> str:
        return "a day of orders"

    @task
    def draw() -> str:
        return "dashboard"

    @task(trigger_rule="all_done")
    def clean_up() -> str:
        return "clean"

    @task
    def publish() -> str:
        return "published"

    drawn = draw()
    [is_latest, load()] >> drawn >> [publish(), clean_up()]


latest_only()
