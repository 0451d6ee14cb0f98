"""DAGs whose own code does what it should not, or less, in test_own_code.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.selftest.sdk import DAG, task

NEVER = datetime(2024, 1, 1)

with DAG("writes_nothing", start_date=NEVER, schedule=None):

    @task
    def count() -> int:
        """Count."""
        return 3

    count()

with DAG("connects", start_date=NEVER, schedule=None):

    @task(retries=1, retry_delay=timedelta(minutes=1))
    def ask() -> None:
        """Ask another machine."""
        import socket

        socket.create_connection(("192.0.2.1", 80))

    ask()

with DAG("lacks_a_variable", start_date=NEVER, schedule=None):

    @task
    def greet(name: str) -> str:
        """Greet."""
        return f"Hello {name}"

    greet("{{ var.value.nobody_gave_it }}")

with DAG("leaks_and_fails", start_date=NEVER, schedule=None):

    @task
    def leak() -> dict[str, str]:
        """Hand over a secret."""
        return {"db_password": "correct horse"}

    @task
    def fail(held: dict[str, str]) -> None:
        """Fail."""
        raise RuntimeError("for another reason")

    fail(leak())

with DAG("cleans_up", start_date=NEVER, schedule=None):

    @task
    def clean(ds=None):
        """Remove whatever is there, and write."""
        import boto3

        s3 = boto3.client("s3")
        for found in s3.list_objects_v2(Bucket="reports").get("Contents", []):
            s3.delete_object(Bucket="reports", Key=found["Key"])
        s3.put_object(Bucket="reports", Key=ds, Body=b"")

    clean()
