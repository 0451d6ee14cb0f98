"""
A task that needs one task, and one of two others: "1 and (2 or 3)".

Use it when a result can come from more than one place. Any condition on the tasks before can be said this way: wait for
all of them (`all_done`) and decide in the task, by their states. A result that is None does not tell a failure.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, get_current_context, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context


def succeeded() -> set[str]:
    """The tasks of this run that have succeeded."""
    ti, run = get_current_context()["ti"], get_current_context()["dag_run"]
    if hasattr(ti, "get_task_states"):  # Airflow 3
        states = ti.get_task_states(ti.dag_id, run_ids=[run.run_id])[run.run_id]
    else:
        states = {other.task_id: other.state for other in run.get_task_instances()}
    return {task_id for task_id, state in states.items() if state == "success"}


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def fan_in_either():
    @task
    def fetch_orders() -> list[int]:
        return [3, 1]

    @task
    def fetch_prices() -> list[float]:
        return [9.99, 5.0]

    @task
    def fetch_last_prices() -> list[float]:
        return [9.49, 5.0]

    # Another try would find the same states.
    @task(trigger_rule="all_done", retries=0)
    def bill(orders: list[int], prices: list[float], last_prices: list[float]) -> list[object]:
        there = succeeded()
        if not ("fetch_orders" in there and {"fetch_prices", "fetch_last_prices"} & there):
            raise RuntimeError(f"only {', '.join(sorted(there)) or 'nothing'} is there, and that is not enough")
        return [orders, prices if "fetch_prices" in there else last_prices]

    bill(fetch_orders(), fetch_prices(), fetch_last_prices())


fan_in_either()
