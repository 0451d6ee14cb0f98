"""
Joins of branches inside task groups, and downstream of one.

A task downstream of a group waits for the last tasks of the group: when they are the arms of a branch, it needs the
trigger rule of a join. Behind a mapped task group it needs one, too, if an instance of the group may have nothing to
do.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def merge_in_groups():
    @task_group
    def shop():
        @task_group
        def orders():
            @task.branch
            def pick_way() -> str:
                return "shop.orders.send_letter"

            @task
            def send_letter() -> None: ...

            @task
            def send_parcel(number: int) -> None: ...

            pick_way() >> [send_letter(), send_parcel.expand(number=[1, 2])]

        @task(trigger_rule="none_failed_min_one_success")
        def tell_customer() -> None: ...

        orders() >> tell_customer()

    @task_group
    def each_region(region: str):
        @task.branch
        def pick_way(region: str) -> str:
            return "each_region.send_letter"

        @task
        def send_letter() -> None: ...

        @task
        def hire_truck() -> None: ...

        @task(trigger_rule="none_failed_min_one_success")
        def tell_customer() -> None: ...

        arms = [send_letter(), hire_truck()]
        pick_way(region) >> arms >> tell_customer()

    @task(trigger_rule="none_failed_min_one_success")
    def close_day() -> None: ...

    @task
    def list_new_regions() -> list[str]:
        return ["east", "west"]

    @task_group
    def new_region(region: str):
        @task.branch
        def pick_way(region: str) -> str:
            return "new_region.send_letter"

        @task
        def send_letter() -> None: ...

        @task
        def hire_truck() -> None: ...

        @task(trigger_rule="none_failed_min_one_success")
        def tell_customer() -> None: ...

        pick_way(region) >> [send_letter(), hire_truck()] >> tell_customer()

    shop()
    each_region.expand(region=["north", "south"]) >> close_day()
    new_region.expand(region=list_new_regions())


merge_in_groups()
