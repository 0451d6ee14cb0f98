"""
A balance that each run carries on from the run before, and two reports of it.

Use `depends_on_past` where a run needs what the run before has made: after a failure the runs behind it wait until
somebody has repaired that, and then go on in order. `wait_for_downstream` also waits for what reads the balance of the
day before.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(
    schedule="0 0 * * *",
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=5,
    tags=["conformance"],
)
def earlier_runs():
    @task(depends_on_past=True, wait_for_downstream=True)
    def carry_on() -> int:
        return 100

    @task
    def report(balance: int) -> str:
        return f"the balance is {balance}"

    @task
    def send(text: str) -> str:
        return text

    send(report(carry_on()))


earlier_runs()
