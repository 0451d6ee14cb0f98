"""
Results that go from task to task: as an argument, as one of several outputs, or pulled by name.

Use it for what is small and belongs to one run: a path, an id, a count, a list of a few hundred keys. An argument is
the plainest way, because it is an edge at the same time. Pull by name where a task far downstream needs the result;
name the task, for a key alone means another task's on some versions. Stay with text, numbers, lists and dicts: what
becomes of anything else differs between versions. Data itself belongs in a file or a table; pass on where it is.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, get_current_context, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def pass_data():
    @task(retries=2, retry_delay=timedelta(minutes=1))
    def fetch_orders() -> list[dict]:
        get_current_context()["ti"].xcom_push(key="source", value="orders.csv")
        return [{"id": 1, "amount": 30}, {"id": 2, "amount": 12}]

    @task(multiple_outputs=True)
    def summarise(orders: list[dict]) -> dict:
        return {"count": len(orders), "total": sum(order["amount"] for order in orders)}

    @task
    def announce(total: int) -> str:
        return f"sold for {total}"

    @task
    def archive() -> str:
        ti = get_current_context()["ti"]
        orders = ti.xcom_pull(task_ids="fetch_orders")
        source = ti.xcom_pull(task_ids="fetch_orders", key="source")
        return f"{orders} from {source}"

    announce(summarise(fetch_orders())["total"]) >> archive()


pass_data()
