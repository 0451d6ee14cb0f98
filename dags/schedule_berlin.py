"""
A report for people in Berlin, at six in the morning by their clock, in summer and winter.

Give `start_date` a time zone: the schedule is in that.
"""

import pendulum

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2024, 3, 1, tz="Europe/Berlin"),
    catchup=False,
    tags=["conformance"],
)
def schedule_berlin():
    @task
    def report() -> str:
        return "report"

    report()


schedule_berlin()
