"""
Tasks side by side: none waits for another, each may fail alone.

Use it for independent work. The run fails if any of them fails; put a join downstream of them only if something has to
happen after all.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def parallel():
    @task
    def refresh_customers() -> str:
        return "customers"

    @task
    def refresh_orders() -> str:
        return "orders"

    @task
    def refresh_stock() -> str:
        return "stock"

    refresh_customers()
    refresh_orders()
    refresh_stock()


parallel()
