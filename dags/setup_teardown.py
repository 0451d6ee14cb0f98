"""
Something is made, used and removed again, whether or not its use succeeded.

Use it for whatever costs money or blocks others while it exists. A teardown hides no failure of the work, as a last
task with `all_done` does, and its own failure is ignored. With `on_failure_fail_dagrun` it fails the run, but then its
success hides a failure of the work, unless another task at the end of the DAG depends on the work: here `announce`.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def setup_teardown():
    @task
    def create_cluster() -> str:
        return "cluster"

    @task
    def count_orders() -> int:
        return 3

    @task
    def count_customers() -> int:
        return 2

    @task
    def delete_cluster() -> None: ...

    @task
    def lock_table() -> str:
        return "lock"

    @task
    def rewrite_table() -> None: ...

    @task
    def unlock_table() -> None: ...

    @task
    def announce() -> str:
        return "table is new"

    cluster, lock = create_cluster(), lock_table()
    cluster >> [count_orders(), count_customers()] >> delete_cluster().as_teardown(setups=cluster)
    rewritten = rewrite_table()
    lock >> rewritten >> unlock_table().as_teardown(setups=lock, on_failure_fail_dagrun=True)
    rewritten >> announce()


setup_teardown()
