"""
Setup, work and teardown in a nested task group and in a mapped task group.

Use it when each item needs something of its own. What is downstream of the group waits for the work, not for the
teardown: an arrow from a group leaves its teardowns out.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def setup_teardown_in_groups():
    @task
    def create_cluster() -> str:
        return "cluster"

    @task
    def count_orders(shop: str) -> int:
        return 3

    @task
    def count_customers(shop: str) -> int:
        return 2

    @task
    def delete_cluster() -> None: ...

    @task
    def report() -> str:
        return "counted"

    @task_group
    def count(shop: str):
        cluster = create_cluster()
        cluster >> [count_orders(shop), count_customers(shop)] >> delete_cluster().as_teardown(setups=cluster)

    @task_group
    def europe():
        count.override(group_id="berlin")("berlin")

    europe() >> report.override(task_id="report_europe")()
    count.expand(shop=["tokyo", "osaka"]) >> report.override(task_id="report_japan")()


setup_teardown_in_groups()
