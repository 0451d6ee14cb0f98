"""
Sensors inside task groups, and mapped: each instance waits, pokes and gives up on its own.

Use it to wait for several things of one kind. Mind the slots: ten mapped sensors in mode `poke` keep ten workers.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


def is_there(name: str) -> bool:
    """In real life: look for the file, the table, the partition."""
    return bool(name)


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def sensor_timeout_in_groups():
    @task.sensor(mode="poke", poke_interval=60, timeout=600, retries=2)
    def wait_for_file(name: str) -> bool:
        return is_there(name)

    @task.sensor(mode="reschedule", poke_interval=600, timeout=3600, retries=2, retry_delay=timedelta(minutes=4))
    def wait_for_table(name: str) -> bool:
        return is_there(name)

    @task.sensor(mode="poke", poke_interval=60, timeout=600, soft_fail=True)
    def wait_for_extra(name: str) -> bool:
        return is_there(name)

    @task
    def use(name: str) -> str:
        return name

    @task_group
    def shop():
        @task_group
        def stock():
            wait_for_file("stock") >> use("stock")
            wait_for_extra("stock") >> use.override(task_id="use_extra")("stock")
            wait_for_table("stock") >> use.override(task_id="use_table")("stock")

        @task_group
        def prices():
            wait_for_file.expand(name=["books", "lamps"]) >> use("prices")
            wait_for_table.expand(name=["books", "lamps"]) >> use.override(task_id="use_tables")("prices")

        stock()
        prices()

    @task_group
    def country(name: str):
        wait_for_table(name) >> use(name)
        wait_for_file(name) >> use.override(task_id="use_file")(name)
        wait_for_extra(name) >> use.override(task_id="use_extra")(name)

    shop()
    country.expand(name=["france", "spain"])


sensor_timeout_in_groups()
