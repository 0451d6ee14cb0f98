"""
A watcher: a last task that fails as soon as any other task has failed, and so fails the run.

Use it wherever a task runs whatever happened, such as one that cleans up: without it the run succeeds although tasks
failed. Put it downstream of every task, not only downstream of the last ones. For cleaning up alone, a teardown needs
no watcher.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def watcher():
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

    @task(trigger_rule="one_failed", retries=0)
    def watch() -> None:
        raise RuntimeError("a task of this run has failed")

    folder = prepare()
    images, rows, last = copy_images(folder), extract(folder), clean_up()
    loaded = load(rows)
    [images, loaded] >> last
    [folder, images, rows, loaded, last] >> watch()


watcher()
