"""
Branches and short circuits inside task groups: nested ones, and mapped ones.

A branch inside a group returns whole ids, with the names of all the groups. Put it into a mapped task group where each
instance is to decide for itself, which some versions of Airflow get wrong (see docs/specification.md); otherwise leave
it outside.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def branch_inside():
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
            pick_way() >> [letter, send_parcel.expand(number=[1, 2]), stamp, customs()]
            letter >> stamp

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

        orders()
        catalogue()

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

        pick_way(region) >> [send_letter(), hire_truck()]
        newsletter()

    shop()
    each_region.expand(region=["north", "south"])


branch_inside()
