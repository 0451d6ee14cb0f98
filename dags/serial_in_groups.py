"""
Tasks one after another in a nested task group, as mapped tasks, and in mapped task groups.

Use a mapped group when each item goes its own way: a failed item stops only its own chain, a slow one holds up nobody.
Mapped tasks one after another go on together: each waits for all instances of the one before it.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def serial_in_groups():
    @task
    def list_sources() -> list[str]:
        return ["customers", "stock"]

    @task
    def extract(source: str) -> list[int]:
        return [3, 1, 2]

    @task
    def transform(rows: list[int]) -> list[int]:
        return sorted(rows)

    @task
    def load(rows: list[int]) -> int:
        return len(rows)

    @task_group
    def source(name: str):
        load(transform(extract(name)))

    @task_group
    def shop():
        source.override(group_id="orders")("orders")

    shop()
    load.expand(rows=transform.expand(rows=extract.expand(source=["books", "lamps"])))
    source.expand(name=["prices", "offers"])
    source.override(group_id="listed").expand(name=list_sources())


serial_in_groups()
