"""
A branch and short circuits, hard and soft, inside a mapped task group: each instance decides for itself.

Use it where the same steps are done for many things and some need another way. Not every version of Airflow gets it
right: from 3.2 on, everything in the group runs, whatever was chosen. An `if` inside the task works on all of them.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def branch_in_mapped_groups():
    @task_group
    def each_region(region: str):
        @task.branch
        def pick_way(region: str) -> str:
            return "each_region.send_letter"

        @task
        def send_letter() -> None: ...

        @task
        def hire_truck() -> None: ...

        @task_group
        def newsletter():
            @task.short_circuit
            def is_there_news() -> bool:
                return True

            @task
            def write() -> None: ...

            @task(trigger_rule="all_done")
            def send() -> None: ...

            is_there_news() >> write() >> send()

        @task_group
        def catalogue():
            @task.short_circuit(ignore_downstream_trigger_rules=False)
            def has_price_changed() -> bool:
                return True

            @task
            def update_price() -> None: ...

            @task(trigger_rule="none_failed")
            def print_catalogue() -> None: ...

            has_price_changed() >> update_price() >> print_catalogue()

        pick_way(region) >> [send_letter(), hire_truck()]
        newsletter()
        catalogue()

    each_region.expand(region=["north", "south"])


branch_in_mapped_groups()
