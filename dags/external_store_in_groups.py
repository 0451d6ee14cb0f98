"""
Results that outlive the run, written from inside task groups and by mapped tasks.

Use it when the parts of a result are written side by side. Each part has a folder of its own, so that it can remove
what it no longer wants. The instances of a mapped task share one, and none of them knows what there was when there were
more of them: a task downstream of all of them removes the rest.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group

BUCKET = "orders-export"
RETRIED = {"retries": 2, "retry_delay": timedelta(minutes=1)}


def store():
    """S3, by the connection that this machine has."""
    import boto3

    return boto3.client("s3")


def key_of(part: str, day: str, number: int) -> str:
    """Where an order is kept: the same whenever it is written."""
    return f"orders/{part}/{day}/{number}.txt"


def remove_rest(part: str, day: str, orders: int) -> None:
    """Remove what an earlier try or run wrote of this day and this one does not."""
    s3, wanted = store(), {key_of(part, day, number) for number in range(orders)}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"orders/{part}/{day}/"):
        for found in page.get("Contents", []):
            if found["Key"] not in wanted:
                s3.delete_object(Bucket=BUCKET, Key=found["Key"])


@task
def list_orders() -> list[str]:
    return ["book", "lamp", "chair"]


@task(**RETRIED)
def export(part: str, orders: list[str], ds=None) -> None:
    for number, order in enumerate(orders):
        store().put_object(Bucket=BUCKET, Key=key_of(part, ds, number), Body=order.encode())
    remove_rest(part, ds, len(orders))


@task(**RETRIED)
def export_one(part: str, order: str, ds=None, ti=None) -> None:
    store().put_object(Bucket=BUCKET, Key=key_of(part, ds, ti.map_index), Body=order.encode())


@task(**RETRIED)
def clean_up(part: str, orders: list[str], ds=None) -> None:
    remove_rest(part, ds, len(orders))


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def external_store_in_groups():
    @task_group
    def shop():
        @task_group
        def counter():
            export("counter", list_orders())

        @task_group
        def online():
            orders = list_orders()
            export_one.partial(part="online").expand(order=orders) >> clean_up("online", orders)

        counter()
        online()

    @task_group
    def country(name: str):
        export(name, list_orders())

    shop()
    country.expand(name=["france", "spain"])


external_store_in_groups()
