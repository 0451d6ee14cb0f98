"""
Results that outlive the run, written so that writing them again changes nothing.

Use it for every result that leaves Airflow. Somebody will clear the task, and Airflow will retry it: give each object
a name that follows from what is in it (here day and order, never the time of writing or a random id), replace instead
of append, and remove what an earlier try wrote and this one does not. Not for data that only this run needs (see
`large_data`).
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

BUCKET = "orders-export"


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def external_store():
    @task
    def list_orders() -> list[str]:
        return ["book", "lamp", "chair"]

    @task(retries=2, retry_delay=timedelta(minutes=1))
    def export(orders: list[str], ds=None) -> None:
        import boto3

        s3, folder = boto3.client("s3"), f"orders/{ds}/"
        wanted = {f"{folder}{number}.txt": order for number, order in enumerate(orders)}
        for key, order in wanted.items():
            s3.put_object(Bucket=BUCKET, Key=key, Body=order.encode())
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=folder):
            for found in page.get("Contents", []):
                if found["Key"] not in wanted:
                    s3.delete_object(Bucket=BUCKET, Key=found["Key"])

    export(list_orders())


external_store()
