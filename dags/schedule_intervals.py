"""
A table that has a part for each day, and is made up for from the beginning.

Use it for work on stretches of time that follow one another: each run has its `data_interval_start` and
`data_interval_end`, and starts when that is over.
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
    catchup=True,
    tags=["conformance"],
)
def schedule_intervals():
    @task
    def load() -> str:
        return "a day of orders"

    load()


schedule_intervals()
