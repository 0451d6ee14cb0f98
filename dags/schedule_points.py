"""
A reminder on the mornings of working days.

Use it for work that looks at no stretch of time: a run is about the instant at which it is due.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

try:
    from airflow.sdk import CronTriggerTimetable
except ImportError:
    from airflow.timetables.trigger import CronTriggerTimetable


@dag(
    schedule=CronTriggerTimetable("0 6 * * MON-FRI", timezone="UTC"),
    start_date=datetime(2024, 1, 1),
    catchup=True,
    tags=["conformance"],
)
def schedule_points():
    @task
    def remind() -> str:
        return "drink water"

    remind()


schedule_points()
