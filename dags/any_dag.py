"""
A DAG with a bit of everything that can go another way: sensors, short circuits, a branch, mapped tasks, one of them
guarded, retries, a table that is set up and torn down.

Nothing has to be claimed of a DAG for it to be rehearsed: each of its tasks fails once, each arm is chosen, each sensor
waits in vain. What this one shows is how a DAG has to be built to live through all of it: the joins have rules that
bear a skipped arm, and no task lets a failure before it pass for a success.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, setup, task, teardown
except ImportError:
    from airflow.decorators import dag, setup, task, teardown


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def any_dag():
    @task.sensor(poke_interval=300, timeout=3600, mode="reschedule")
    def orders_are_there() -> bool:
        return True

    @task.short_circuit
    def is_business_day() -> bool:
        return True

    @task.branch
    def pick_way() -> str:
        return "quick_check"

    @task
    def quick_check() -> None: ...

    @task
    def full_check(part: int) -> None: ...

    @task(trigger_rule="none_failed_min_one_success")
    def list_files() -> list[str]:
        return ["a.csv", "b.csv"]

    @setup
    def create_table() -> None: ...

    @task(retries=2, retry_delay=timedelta(minutes=5))
    def load(file: str) -> None: ...

    @task
    def load_prices() -> None: ...

    @task(trigger_rule="none_failed")
    def count_rows() -> None: ...

    @teardown
    def drop_table() -> None: ...

    @task.sensor(poke_interval=60, timeout=600, mode="reschedule", soft_fail=True)
    def discounts_are_there() -> bool:
        return True

    @task.short_circuit(ignore_downstream_trigger_rules=False)
    def any_discounts() -> bool:
        return True

    @task
    def take_lock() -> None: ...

    @task
    def apply_discounts(region: str) -> None: ...

    @task(trigger_rule="all_done")
    def release_lock() -> None: ...

    @task(trigger_rule="none_failed")
    def publish() -> None: ...

    checks = [quick_check(), full_check.expand(part=[1, 2, 3])]
    files, created, counted, published = list_files(), create_table(), count_rows(), publish()
    orders_are_there() >> is_business_day() >> pick_way() >> checks >> files >> created
    created >> [load.expand(file=files), load_prices()] >> counted >> drop_table().as_teardown(setups=created)

    discounts = apply_discounts.expand(region=["north", "south"])
    discounts_are_there() >> [any_discounts(), take_lock()] >> discounts >> release_lock() >> published
    [counted, discounts] >> published


any_dag()
