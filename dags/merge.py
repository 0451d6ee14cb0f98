"""
Tasks that go on where the arms of a branch come together again.

Every join of a branch needs a trigger rule: with the default one it is skipped together with the arm that was not
chosen. `none_failed_min_one_success` is what is meant nearly always. `none_failed` runs also when no arm was chosen,
and `all_done` whatever happened; mind that a failed arm then goes unnoticed, unless another task downstream of it is
`upstream_failed`, as here.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def merge():
    @task.branch
    def pick_way(size: int = 1) -> str | None:
        if size == 0:
            return None
        return "send_letter" if size < 1000 else "hire_truck"

    @task
    def send_letter() -> None: ...

    @task
    def hire_truck() -> None: ...

    @task(trigger_rule="none_failed_min_one_success")
    def tell_customer() -> None: ...

    @task(trigger_rule="none_failed")
    def close_order() -> None: ...

    @task(trigger_rule="all_done")
    def free_desk() -> None: ...

    # The default rule: only for what needs both.
    @task
    def compare_costs() -> None: ...

    arms = [send_letter(), hire_truck()]
    pick_way() >> arms
    for join in tell_customer(), close_order(), free_desk(), compare_costs():
        arms >> join


merge()
