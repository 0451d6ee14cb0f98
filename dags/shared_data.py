"""
Data that many tasks of one run write to: an item of DynamoDB.

Use it when tasks side by side add to one result of up to 400 KB. Never read, change and write back: two tasks that do
so at once lose one change. Let DynamoDB add (`ADD`), and let it check (`ConditionExpression`) what has to be true for
a write: a task that is tried again must not count twice. For larger data see `large_data`.
"""

from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import dag, get_current_context, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context

TABLE = "airflow-shared-data"
REGIONS = ["north", "east", "south", "west", "online", "phone", "mail", "fair"]


def table():
    """The table, whose key is the text `run`, and which forgets items once the instant `expires` has passed."""
    import boto3

    return boto3.resource("dynamodb").Table(TABLE)


def this_run() -> dict[str, str]:
    """The key of this run's item. No DAG id has a `#` in it."""
    ti = get_current_context()["ti"]
    return {"run": f"{ti.dag_id}#{ti.run_id}"}


def in_a_week() -> int:
    """In seconds since 1970, as DynamoDB wants it."""
    return int((datetime.now(timezone.utc) + timedelta(days=7)).timestamp())


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def shared_data():
    @task(retries=2, retry_delay=timedelta(minutes=1))
    def count(region: str) -> None:
        orders, item = 10, table()
        try:
            item.update_item(
                Key=this_run(),
                UpdateExpression="SET expires = :expires ADD orders :orders, counted :regions",
                ConditionExpression="NOT contains(counted, :region)",
                ExpressionAttributeValues={
                    ":expires": in_a_week(),
                    ":orders": orders,
                    ":regions": {region},
                    ":region": region,
                },
            )
        except item.meta.client.exceptions.ConditionalCheckFailedException:
            print(region, "was counted in an earlier try")

    @task
    def is_first(region: str) -> bool:
        """Whether this region may write the headline: one of them, whoever comes first."""
        item = table()
        try:
            item.update_item(
                Key=this_run(),
                UpdateExpression="SET headline = :region, expires = :expires",
                ConditionExpression="attribute_not_exists(headline) OR headline = :region",
                ExpressionAttributeValues={":region": region, ":expires": in_a_week()},
            )
        except item.meta.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    @task
    def total() -> int:
        return int(table().get_item(Key=this_run(), ConsistentRead=True)["Item"]["orders"])

    @task
    def comment() -> str:
        return "a good day"

    @task
    def keep(text: str) -> None:
        table().update_item(
            Key=this_run(),
            UpdateExpression="SET note = :text, expires = :expires",
            ExpressionAttributeValues={":text": text, ":expires": in_a_week()},
        )

    count.expand(region=REGIONS) >> total()
    is_first.expand(region=REGIONS)
    keep(comment())


shared_data()
