"""
A report that is made every day, by a preset.

Use it for what has to be done at a time of day. Whether a run is about the day before or about the moment depends on
the version of Airflow: where that matters, name the timetable (`schedule_intervals`, `schedule_points`).
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def schedule():
    @task
    def report() -> str:
        return "report"

    report()


schedule()
