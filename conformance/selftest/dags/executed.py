"""DAGs whose own code runs, in test_execute.py."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta

from conformance.selftest.sdk import DAG, BaseOperator, TimeDeltaTrigger, get_current_context, task

NEVER = datetime(2024, 1, 1)


class WaitSevenMinutes(BaseOperator):
    """Defers for seven minutes, and gives up after `patience` minutes."""

    def __init__(self, patience, **kwargs):
        super().__init__(**kwargs)
        self.patience = patience

    def execute(self, context):
        """Hand over to the triggerer."""
        self.defer(
            trigger=TimeDeltaTrigger(timedelta(minutes=7)),
            method_name="go_on",
            timeout=timedelta(minutes=self.patience),
        )

    def go_on(self, context, event=None):
        """Come back."""
        return "came back"


with DAG("deferring", start_date=NEVER, schedule=None):
    WaitSevenMinutes(task_id="patient", patience=10)
    WaitSevenMinutes(task_id="impatient", patience=5)

with DAG("sleeping", start_date=NEVER, schedule=None):

    @task
    def long():
        """Sleep longer than its sibling."""
        time.sleep(600)
        return get_current_context()["ti"].task_id

    @task
    def short():
        """Sleep while its sibling does."""
        time.sleep(60)
        return get_current_context()["ti"].task_id

    long(), short()

with DAG("storing", start_date=NEVER, schedule=None):

    @task
    def store():
        """Write to S3, and count what is there."""
        import boto3

        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="rows")
        s3.put_object(Bucket="rows", Key=get_current_context()["run_id"], Body=b"1,2,3")
        return len(s3.list_buckets()["Buckets"])

    store()

with DAG("isolated", start_date=NEVER, schedule=None):

    @task.external_python(python=sys.executable, expect_airflow=False)
    def isolated():
        """Look for a module of Python's own and for Airflow."""
        import json

        try:
            import airflow
        except ModuleNotFoundError:
            return json.loads('"no Airflow"')
        return airflow.__version__

    isolated()
