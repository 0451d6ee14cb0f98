"""
A table that is refreshed every twelve hours, counted from the beginning.

Use a `timedelta` for a distance that no cron expression says (every 36 hours), or that no change of the clock may
change.
"""

from datetime import timedelta

import pendulum

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(
    schedule=timedelta(hours=12),
    start_date=pendulum.datetime(2024, 3, 29, 6, tz="Europe/Berlin"),
    catchup=True,
    tags=["conformance"],
)
def schedule_delta():
    @task
    def refresh() -> str:
        return "fresh"

    refresh()


schedule_delta()
