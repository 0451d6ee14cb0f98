"""
Tasks one after another: each starts when the one before it has succeeded.

Use it when a step needs the result or the effect of the one before. Do not chain steps that could run side by side:
a chain is as slow as the sum of its tasks, and its first failure stops all that follow.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def serial():
    @task
    def extract() -> list[int]:
        return [3, 1, 2]

    @task
    def transform(rows: list[int]) -> list[int]:
        return sorted(rows)

    @task
    def load(rows: list[int]) -> int:
        return len(rows)

    @task
    def announce(count: int) -> str:
        return f"{count} rows loaded"

    # An argument is an edge: nothing else has to be said about the order.
    announce(load(transform(extract())))


serial()
