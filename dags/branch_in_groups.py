"""
Branches and short circuits inside nested task groups, with a mapped task as one of the arms.

Use them there as anywhere else, but let a branch return whole ids, with the names of all the groups. On Airflow 2.10 to
3.1 put an ordinary task between a branch and a mapped one: what is mapped runs there although it was not chosen.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def branch_in_groups():
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

    shop()


branch_in_groups()
