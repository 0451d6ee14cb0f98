"""
The orders of a shop that closed: its days are made up for, two at a time, and no others come.

`end_date` is the last instant for which there is a run.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

try:
    from airflow.sdk import CronDataIntervalTimetable
except ImportError:
    from airflow.timetables.interval import CronDataIntervalTimetable


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2024, 1, 1),
    end_date=datetime(2024, 1, 5),
    catchup=True,
    max_active_runs=2,
    tags=["conformance"],
)
def schedule_ended():
    @task
    def load() -> str:
        return "a day of orders"

    load()


schedule_ended()
