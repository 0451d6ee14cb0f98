"""
A watcher in a nested task group and in a mapped task group.

Use it when the tasks to watch are a group: `group >> watcher` watches only the last tasks of the group, which are the
ones that succeed anyway. In a mapped group each instance has a watcher of its own.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def watcher_in_groups():
    @task
    def list_sources() -> list[str]:
        return ["orders", "stock"]

    @task
    def extract(source: str) -> list[int]:
        return [3, 1, 2]

    @task(retries=1)
    def load(rows: list[int]) -> int:
        return len(rows)

    @task(trigger_rule="all_done")
    def clean_up() -> str:
        return "folder is gone"

    @task(trigger_rule="one_failed", retries=0)
    def watch() -> None:
        raise RuntimeError("a task of this group has failed")

    @task_group
    def source(name: str):
        rows, last = extract(name), clean_up()
        loaded = load(rows)
        loaded >> last
        [rows, loaded, last] >> watch()

    @task_group
    def shop():
        source.override(group_id="orders")("orders")

    shop()
    source.expand(name=["customers", "prices"])
    source.override(group_id="listed").expand(name=list_sources())


watcher_in_groups()
