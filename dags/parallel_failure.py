"""
Tasks side by side of which one may fail, and three tasks downstream of them that take it differently.

Use it to choose a join: one that needs every result, one that needs any, one that only cleans up. The run fails when
the join that needs all is stopped, for it is at the end of the DAG; see `watcher` for when it is not.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def parallel_failure():
    @task
    def refresh_customers() -> str:
        return "customers"

    @task
    def refresh_orders() -> str:
        return "orders"

    @task
    def refresh_stock() -> str:
        return "stock"

    @task
    def publish() -> str:
        return "all of it is new"

    @task(trigger_rule="one_success")
    def announce() -> str:
        return "some of it is new"

    @task(trigger_rule="all_done")
    def clean_up() -> str:
        return "nothing is left over"

    refreshed = [refresh_customers(), refresh_orders(), refresh_stock()]
    refreshed >> publish()
    refreshed >> announce()
    refreshed >> clean_up()


parallel_failure()
