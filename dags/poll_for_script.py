"""
Start a script outside of Airflow and wait for it: an object of S3 says how far it is.

Use it for work that no service keeps account of (if one does, see `poll_for_job`). The task that starts the script does
not wait for it. The sensor only waits: once there is an end, good or bad, the next task judges it, so that a red sensor
always says that no answer came. The address of the status has run and try in it, so that what an earlier run left
behind, or the same one before it was cleared, never counts.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from subprocess import Popen

try:
    from airflow.sdk import PokeReturnValue, dag, get_current_context, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
    from airflow.operators.python import get_current_context
    from airflow.sensors.base import PokeReturnValue
try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowFailException

BUCKET = "order-sums"
SCRIPT = Path(__file__).with_name("sum_up_orders.py")


@task
def start_script() -> str:
    """The address of the status. Here the script stays on this machine; elsewhere SSH or a queue would start it."""
    ti = get_current_context()["ti"]
    address = f"s3://{BUCKET}/{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.map_index}/{ti.try_number}.json"
    Popen([sys.executable, str(SCRIPT), address], start_new_session=True)
    return address


@task.sensor(mode="reschedule", poke_interval=15, timeout=60)
def wait_for_script(address: str) -> PokeReturnValue:
    import boto3

    s3, key = boto3.client("s3"), address.removeprefix(f"s3://{BUCKET}/")
    try:
        status = json.load(s3.get_object(Bucket=BUCKET, Key=key)["Body"])["status"]
    except s3.exceptions.NoSuchKey:
        return PokeReturnValue(is_done=False)  # the script has not come to its first line yet
    if status not in ("doing", "succeeded", "failed"):
        raise AirflowFailException(f"nobody knows what '{status}' means, which {address} says")
    return PokeReturnValue(is_done=status != "doing", xcom_value=status)


@task
def judge(status: str) -> None:
    if status != "succeeded":
        raise AirflowFailException(f"the script {status}")


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def poll_for_script():
    judge(wait_for_script(start_script()))


poll_for_script()


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def poll_for_script_in_groups():
    """The same inside task groups, and mapped: each sensor waits for the script of its own instance."""

    @task
    def list_regions() -> list[str]:
        return ["north", "south"]

    @task_group
    def shop():
        @task_group
        def sums():
            judge(wait_for_script(start_script()))

        sums()

    @task_group
    def region(name: str):
        judge(wait_for_script(start_script()))

    shop()
    region.expand(name=list_regions())


poll_for_script_in_groups()
