"""
A join that runs whatever happened, and so hides what happened: the run succeeds although tasks failed.

Do not copy it unless failures are all right. The state of a run is that of its last tasks, and here the last one
succeeds every time. `watcher` is the same with the cure.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def masked_failure():
    @task
    def prepare() -> str:
        return "folder"

    @task
    def copy_images(folder: str) -> str:
        return f"{folder}/images"

    @task
    def extract(folder: str) -> list[int]:
        return [3, 1, 2]

    @task(retries=1)
    def load(rows: list[int]) -> int:
        return len(rows)

    @task(trigger_rule="all_done")
    def clean_up() -> str:
        return "folder is gone"

    @task
    def announce(how: str) -> str:
        return f"done, and the {how}"

    folder = prepare()
    last = clean_up()
    [copy_images(folder), load(extract(folder))] >> last
    announce(last)


masked_failure()
