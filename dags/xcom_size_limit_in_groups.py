"""
Small results of mapped tasks and task groups: the limit holds for each instance, and what collects them adds up.

Use it when many instances return something each: a thousand results of a kilobyte are a megabyte in the task that
collects them. Return a number or a key from each.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def xcom_size_limit_in_groups():
    @task
    def list_shops() -> list[str]:
        return ["north", "south"]

    @task
    def count_rows(shop: str) -> int:
        return len(shop)

    @task
    def weigh(shop: str) -> float:
        return len(shop) / 2

    @task_group
    def shop(name: str):
        @task_group
        def rows():
            count_rows(name)

        rows()

    shops = list_shops()
    shop.expand(name=shops)
    weigh.expand(shop=shops)


xcom_size_limit_in_groups()
