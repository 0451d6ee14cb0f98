"""
A task that decides which of the tasks downstream of it run, and one that decides whether any does.

Use a branch where the data say what comes next, and a short circuit where there may be nothing to do. What is not
chosen is skipped, and a skip spreads: give a task that joins the arms again another trigger rule (see merge.py). To
choose between two ways of doing one thing, an `if` inside one task is simpler.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def branch():
    @task.branch
    def pick_way(size: int = 1) -> str | list[str] | None:
        if size == 0:
            return None
        return "send_letter" if size < 1000 else ["hire_truck", "customs"]

    @task
    def send_letter() -> None: ...

    @task
    def hire_truck() -> None: ...

    # Reached by way of the letter or, if the branch names it, without one.
    @task
    def put_stamp() -> None: ...

    @task_group
    def customs():
        @task
        def declare() -> None: ...

        @task
        def pay_duty() -> None: ...

        declare()
        pay_duty()

    letter, stamp = send_letter(), put_stamp()
    pick_way() >> [letter, hire_truck(), stamp, customs()]
    letter >> stamp

    @task.short_circuit
    def is_there_news() -> bool:
        return True

    @task
    def write_newsletter() -> None: ...

    @task(trigger_rule="all_done")
    def send_newsletter() -> None: ...

    is_there_news() >> write_newsletter() >> send_newsletter()

    # Soft: only the next task is skipped, and the rules of later ones decide.
    @task.short_circuit(ignore_downstream_trigger_rules=False)
    def has_price_changed() -> bool:
        return True

    @task
    def update_price() -> None: ...

    @task(trigger_rule="none_failed")
    def print_catalogue() -> None: ...

    has_price_changed() >> update_price() >> print_catalogue()


branch()
