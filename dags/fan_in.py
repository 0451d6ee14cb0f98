"""
A task that waits for several and needs them all.

Use it when a step makes sense only with every result. One failure is enough to stop it: when it could go on with some
of the results, see `fan_in_quorum` and `fan_in_either`.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def fan_in():
    @task
    def fetch_customers() -> list[str]:
        return ["Ada", "Grace"]

    @task
    def fetch_orders() -> list[int]:
        return [3, 1]

    @task
    def fetch_prices() -> list[float]:
        return [9.99, 5.0]

    @task
    def bill(customers: list[str], orders: list[int], prices: list[float]) -> dict[str, float]:
        return {c: o * p for c, o, p in zip(customers, orders, prices, strict=True)}

    bill(fetch_customers(), fetch_orders(), fetch_prices())


fan_in()
