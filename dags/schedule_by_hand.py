"""
A correction that is made when somebody asks for it.

Use no schedule for what no clock can know.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def schedule_by_hand():
    @task
    def correct() -> str:
        return "corrected"

    correct()


schedule_by_hand()
