"""
Tasks one after another with a point where the run recovers, in a nested task group and in a mapped task group.

Use it when each item of a list has a chain of its own: one that fails stops only its own chain. To clear a task of a
mapped group clears it in every instance, unless a person picks one.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    dagrun_timeout=timedelta(hours=3),
    tags=["conformance"],
)
def chain_failure_in_groups():
    @task
    def download(name: str) -> list[int]:
        return [3, 1, 2]

    @task
    def clean(rows: list[int]) -> list[int]:
        return sorted(rows)

    @task(retries=1)
    def publish(rows: list[int]) -> str:
        return f"report of {len(rows)} rows"

    @task(trigger_rule="all_done")
    def choose(report: str | None) -> str:
        return report or "report of yesterday"

    @task
    def send(report: str) -> str:
        return f"{report} is sent"

    @task_group
    def report(name: str):
        send(choose(publish(clean(download(name)))))

    @task_group
    def shop():
        report.override(group_id="orders")("orders")

    shop()
    report.expand(name=["customers", "prices"])


chain_failure_in_groups()
