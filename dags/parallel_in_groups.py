"""
Tasks side by side in a nested task group, in a mapped task group, and as a mapped task.

Use a mapped task for one step on many items, a mapped group for several. A slow instance holds up no other.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def parallel_in_groups():
    @task
    def refresh_customers(shop: str) -> str:
        return f"customers of {shop}"

    @task
    def refresh_orders(shop: str) -> str:
        return f"orders of {shop}"

    @task_group
    def refresh(shop: str):
        refresh_customers(shop)
        refresh_orders(shop)

    @task_group
    def europe():
        refresh.override(group_id="berlin")("berlin")

    europe()
    refresh.expand(shop=["tokyo", "osaka"])
    refresh_customers.expand(shop=["paris", "rome"])
    refresh_orders.expand(shop=["paris", "rome"])


parallel_in_groups()
