"""
One task alone in nested task groups, one that is mapped, and one in a mapped task group: a DAG each.

Use it for a job that is done for every item of a list: each instance succeeds, fails and returns for itself, and one
that fails fails the run. A group around one task only makes its id longer.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@task
def count_orders(shop: str) -> dict[str, int]:
    return {shop: 3}


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def single_task_nested():
    @task_group
    def europe():
        @task_group
        def berlin():
            count_orders("berlin")

        berlin()

    europe()


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def single_task_mapped():
    count_orders.expand(shop=["paris", "rome"])


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def single_task_in_mapped():
    @task_group
    def each(shop: str):
        count_orders(shop)

    each.expand(shop=["tokyo", "osaka"])


single_task_nested()
single_task_mapped()
single_task_in_mapped()
