"""
Tasks side by side of which one may fail, in a nested task group, in a mapped task group, and as a mapped task.

Use it when some of many items may fail: downstream of the mapped task, `all_done` goes on with what there is. A failed
instance has no result, so the list that the next task gets is shorter, and does not say which item is missing.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def parallel_failure_in_groups():
    @task
    def refresh(what: str) -> str:
        return what

    @task
    def publish() -> str:
        return "all of it is new"

    @task(trigger_rule="one_success")
    def announce() -> str:
        return "some of it is new"

    @task(trigger_rule="all_done")
    def clean_up() -> str:
        return "nothing is left over"

    @task
    def resize(image: str) -> str:
        return f"small {image}"

    @task(trigger_rule="all_done")
    def collect(images: list[str]) -> list[str]:
        return list(images)

    @task_group
    def region(name: str):
        refreshed = [refresh.override(task_id=f"refresh_{what}")(what) for what in ("customers", "orders", "stock")]
        refreshed >> publish()
        refreshed >> announce()
        refreshed >> clean_up()

    @task_group
    def shop():
        region.override(group_id="berlin")("berlin")

    shop()
    region.expand(name=["paris", "rome"])
    collect(resize.expand(image=["cat", "dog", "owl"]))


parallel_failure_in_groups()
