"""DAGs whose own code does what it should not, or less, in test_own_code.py."""

from __future__ import annotations

import inspect
from contextlib import suppress
from datetime import datetime, timedelta

try:
    from airflow.sdk import Variable
except ImportError:
    from airflow.models import Variable

from workshop.selftest.sdk import DAG, task

DEFAULT = "default" if "default" in inspect.signature(Variable.get).parameters else "default_var"

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

with DAG("writes_the_same", start_date=NEVER, schedule=None):

    @task
    def mark() -> None:
        """Write what does not depend on the run, as libraries do it: in a thread."""
        import io

        import boto3

        boto3.client("s3").upload_fileobj(io.BytesIO(b"done"), "reports", "_SUCCESS")

    mark()

with DAG("shares_a_draft", start_date=NEVER, schedule=None):

    @task
    def draft() -> None:
        """Write an object, and remove it in the end."""
        import boto3

        s3 = boto3.client("s3")
        s3.put_object(Bucket="reports", Key="draft", Body=b"")
        s3.delete_object(Bucket="reports", Key="draft")

    draft()

with DAG("names_all_results", start_date=NEVER, schedule=None):

    @task
    def fetch(shop: str) -> str:
        """Fetch."""
        return shop

    @task
    def store(shop: str, found: list[str], ds=None) -> None:
        """Write an object whose key holds the whole result, and not what it has in it."""
        import io

        import boto3

        boto3.client("s3").upload_fileobj(io.BytesIO(shop.encode()), "reports", f"{ds}/{type(found).__name__}.txt")

    found = fetch.expand(shop=["de", "fr", "nl"])
    store.partial(found=found).expand(shop=["de", "fr", "nl"])

with DAG("clears_the_folder", start_date=NEVER, schedule=None):

    @task
    def replace(shop: str, ds=None) -> None:
        """Remove what is there, also that of the instances beside it."""
        import boto3

        s3 = boto3.client("s3")
        found = s3.list_objects_v2(Bucket="reports", Prefix=ds).get("Contents", [])
        if found:
            s3.delete_objects(Bucket="reports", Delete={"Objects": [{"Key": each["Key"]} for each in found]})
        s3.put_object(Bucket="reports", Key=f"{ds}/{shop}", Body=b"")

    replace.expand(shop=["de", "fr"])

with DAG("does_without", start_date=NEVER, schedule=None):

    @task
    def rates() -> float:
        """Go on with a default, whatever is refused."""
        import socket

        from airflow.utils.email import send_email

        with suppress(OSError):
            socket.create_connection(("192.0.2.1", 80))
        send_email("me@example.com", "rates", "unknown")
        try:
            limit = Variable.get("limit", **{DEFAULT: 1})
        except Exception:  # 3.0 says so when it has no supervisor
            limit = 1
        return float(limit)

    rates()
