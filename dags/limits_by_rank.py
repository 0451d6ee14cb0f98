"""
Jobs that run one at a time, first those for which most others wait.

Use the default `weight_rule` (downstream) where what matters is how soon the whole DAG is done.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, max_active_tasks=1, tags=["conformance"])
def limits_by_rank():
    @task
    def alone() -> str:
        return "nobody waits for it"

    @task
    def needed() -> str:
        return "one waits for it"

    @task
    def needed_by_all() -> str:
        return "two wait for it"

    @task
    def use(value: str) -> str:
        return value

    @task
    def check(value: str) -> str:
        return value

    alone()
    use.override(task_id="use_needed")(needed())
    check(use(needed_by_all()))


limits_by_rank()
