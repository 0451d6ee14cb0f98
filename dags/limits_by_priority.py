"""
Jobs that run one at a time, the most important first.

Use `priority_weight` where some tasks matter more than others; it decides only where not all may be at work.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, max_active_tasks=1, tags=["conformance"])
def limits_by_priority():
    @task(priority_weight=1)
    def archive() -> str:
        return "archived"

    @task(priority_weight=10)
    def pay() -> str:
        return "paid"

    @task(priority_weight=5)
    def report() -> str:
        return "reported"

    archive()
    pay()
    report()


limits_by_priority()
