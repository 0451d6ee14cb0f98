"""
Data that tasks inside task groups, and mapped ones, write to together: items of DynamoDB.

Use it when the parts of a run add to one result. What is shared is said by the key: here each task group has an item of
its own in each run, and all instances of a mapped task, or of a mapped group, write to the same one.
"""

from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import dag, get_current_context, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
    from airflow.operators.python import get_current_context

TABLE = "airflow-shared-data"


def table():
    """The table, whose key is the text `run`, and which forgets items once the instant `expires` has passed."""
    import boto3

    return boto3.resource("dynamodb").Table(TABLE)


def item_of(group: str) -> dict[str, str]:
    """The key of the item of a task group in this run. No DAG id and no id of a group has a `#` in it."""
    ti = get_current_context()["ti"]
    return {"run": f"{ti.dag_id}#{group}#{ti.run_id}"}


def in_a_week() -> int:
    """In seconds since 1970, as DynamoDB wants it."""
    return int((datetime.now(timezone.utc) + timedelta(days=7)).timestamp())


@task(retries=2, retry_delay=timedelta(minutes=1))
def count(group: str, name: str) -> None:
    orders, items = 10, table()
    try:
        items.update_item(
            Key=item_of(group),
            UpdateExpression="SET expires = :expires ADD orders :orders, counted :names",
            ConditionExpression="NOT contains(counted, :name)",
            ExpressionAttributeValues={
                ":expires": in_a_week(),
                ":orders": orders,
                ":names": {name},
                ":name": name,
            },
        )
    except items.meta.client.exceptions.ConditionalCheckFailedException:
        print(name, "was counted in an earlier try")


@task
def is_first(group: str, name: str) -> bool:
    """Whether this one may write the headline: one of them, whoever comes first."""
    items = table()
    try:
        items.update_item(
            Key=item_of(group),
            UpdateExpression="SET headline = :name, expires = :expires",
            ConditionExpression="attribute_not_exists(headline) OR headline = :name",
            ExpressionAttributeValues={":name": name, ":expires": in_a_week()},
        )
    except items.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


@task
def comment() -> str:
    return "a good day"


@task
def keep(group: str, text: str) -> None:
    table().update_item(
        Key=item_of(group),
        UpdateExpression="SET note = :text, expires = :expires",
        ExpressionAttributeValues={":text": text, ":expires": in_a_week()},
    )


@task
def total(group: str) -> int:
    return int(table().get_item(Key=item_of(group), ConsistentRead=True)["Item"]["orders"])


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def shared_data_in_groups():
    @task_group
    def shop():
        @task_group
        def regions():
            names = ["north", "east", "south", "west"]
            count.partial(group="shop").expand(name=names) >> total("shop")
            is_first.partial(group="shop").expand(name=names)
            keep("shop", comment())

        regions()

    @task_group
    def country(name: str):
        count("countries", name)
        is_first("countries", name)
        keep("countries", comment())

    shop()
    country.expand(name=["france", "spain", "italy"]) >> total("countries")


shared_data_in_groups()
