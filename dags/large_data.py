"""
Large data passes through S3; what crosses XCom is its address.

Use it for whatever is larger than a few kilobytes: an XCom is a row of Airflow's own database. The key of an object
names DAG, run, task and map index, so that no other run or task writes to it and a retry writes to the same one. Not
for results that outlive the run: give those a place of their own (see `external_store`).
"""

import json
import re
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

try:
    from airflow.sdk import dag, get_current_context, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
    from airflow.operators.python import get_current_context

BUCKET = "airflow-large-data"
LONGEST = 150


def key_part(text: str) -> str:
    """
    A part of a key that needs no quoting anywhere, another one for each text; `_3A` stands for `:`, `__` for `_`.

    A run id holds `:` and `+`, which URLs and S3's event notifications write differently, and a key has 1024 bytes.
    """
    part = re.sub(r"[^A-Za-z0-9.-]|^\.", lambda sign: _spelt(sign[0]), text)
    return part if len(part) <= LONGEST else f"{part[:100]}-{sha256(text.encode()).hexdigest()}"


def _spelt(sign: str) -> str:
    return "__" if sign == "_" else "".join(f"_{byte:02X}" for byte in sign.encode())


def key_of(dag_id: str, run_id: str, task_id: str, map_index: int, name: str) -> str:
    """Where one task instance of one run keeps the data it calls `name`; all of a run is below `<dag>/<run>/`."""
    return "/".join(key_part(text) for text in (dag_id, run_id, task_id, str(map_index), name))


def save(name: str, data) -> str:
    """Store what a task hands over, in one request, which S3 carries out completely or not at all; its address."""
    import boto3

    ti = get_current_context()["ti"]
    key = key_of(ti.dag_id, ti.run_id, ti.task_id, ti.map_index, name)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(data).encode())
    return f"s3://{BUCKET}/{key}"


def load(uri: str):
    """What is stored at an address."""
    import boto3

    s3, address = boto3.client("s3"), urlsplit(uri)
    try:
        return json.load(s3.get_object(Bucket=address.netloc, Key=address.path[1:])["Body"])
    except s3.exceptions.NoSuchKey:
        raise FileNotFoundError(f"there is nothing at {uri}: was the run's data cleaned up?") from None


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def large_data():
    @task(retries=2, retry_delay=timedelta(minutes=1))
    def extract() -> str:
        return save("orders.json", [{"order": n, "lines": ["…"] * 20} for n in range(1000)])

    @task(retries=2, retry_delay=timedelta(minutes=1))
    def extract_region(region: str) -> str:
        return save("orders.json", [{"region": region, "order": n} for n in range(1000)])

    @task
    def count(uri: str) -> int:
        return len(load(uri))

    @task
    def count_all(uris: list[str]) -> int:
        return sum(len(load(uri)) for uri in uris)

    count(extract())
    count_all(extract_region.expand(region=["north", "south"]))


large_data()


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def large_data_in_groups():
    """The same inside task groups, and from each mapped task to the one of the same map index."""

    @task(retries=2, retry_delay=timedelta(minutes=1))
    def extract(region: str) -> str:
        return save("orders.json", [{"region": region, "order": n} for n in range(1000)])

    @task
    def count(uri: str) -> int:
        return len(load(uri))

    @task_group
    def shop():
        @task_group
        def regions():
            count.expand(uri=extract.expand(region=["north", "south"]))

        regions()

    @task_group
    def country(name: str):
        count(extract(name))

    shop()
    country.expand(name=["france", "spain"])


large_data_in_groups()
