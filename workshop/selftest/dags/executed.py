"""DAGs whose own code runs, in test_execute.py."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime, timedelta

from workshop.selftest.sdk import DAG, BaseOperator, TimeDeltaTrigger, get_current_context, task

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

with DAG("starting", start_date=NEVER, schedule=None):

    @task
    def leave():
        """Start a script and leave it behind."""
        subprocess.Popen([sys.executable, "scripts/beside.py", "left"])

    @task
    def wait():
        """Start a script and wait for its end."""
        return subprocess.run([sys.executable, "scripts/beside.py", "awaited"], check=False).returncode

    @task
    def give_up():
        """Start a script and wait for a minute only."""
        subprocess.run([sys.executable, "scripts/beside.py", "slow"], timeout=60, check=True)

    @task
    def real():
        """Start another program."""
        return subprocess.check_output([sys.executable, "-c", "print('really')"], text=True)

    leave(), wait(), give_up(), real()
