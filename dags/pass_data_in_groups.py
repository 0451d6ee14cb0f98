"""
Results that go from task to task inside task groups and mapped tasks.

Use it when each of many things goes through the same steps: every instance of a mapped task group keeps to its own
results, and a task downstream of the group gets all of them as one sequence, in the order of the map indexes. An
explicit pull inside a mapped group has to name its map index, or it gets the results of all instances.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, get_current_context, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
    from airflow.operators.python import get_current_context


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def pass_data_in_groups():
    @task
    def list_shops() -> list[str]:
        return ["north", "south", "harbour"]

    @task(retries=2, retry_delay=timedelta(minutes=1))
    def fetch_orders(shop: str) -> list[int]:
        return [len(shop), 10]

    @task
    def add_up(orders: list[int]) -> int:
        return sum(orders)

    @task
    def archive() -> str:
        ti = get_current_context()["ti"]
        return str(ti.xcom_pull(task_ids="shop.orders.fetch_orders", map_indexes=ti.map_index))

    @task
    def rate(shop: str) -> float:
        return len(shop) / 2

    @task
    def rank(rates: list[float]) -> list[float]:
        return sorted(rates)

    @task_group
    def shop(name: str):
        @task_group
        def orders():
            total = add_up(fetch_orders(name))
            total >> archive()
            return total

        return orders()

    @task_group
    def headquarters(shops):
        @task_group
        def books():
            rank.override(task_id="rank_again")(rank(rate.expand(shop=shops)))

        books()

    shops = list_shops()
    shop.expand(name=shops)
    headquarters(shops)


pass_data_in_groups()
