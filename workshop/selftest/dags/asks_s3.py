"""DAGs whose tasks wait for triggers that ask S3, in check_aws_async.py."""

from __future__ import annotations

from datetime import datetime

from workshop.selftest.sdk import DAG, BaseOperator, task
from workshop.selftest.triggers import AsksS3


class WaitForS3(BaseOperator):
    """Defers until its trigger has an answer of S3, and returns it."""

    def __init__(self, how, **kwargs):
        super().__init__(**kwargs)
        self.how = how

    def execute(self, context):
        """Hand over to the triggerer."""
        self.defer(trigger=AsksS3(self.how), method_name="go_on")

    def go_on(self, context, event=None):
        """Come back with the answer."""
        return event


with DAG("asks_s3", start_date=datetime(2024, 1, 1), schedule=None):

    @task
    def write():
        """Write an object for the triggers to find."""
        import boto3

        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="rows")
        s3.put_object(Bucket="rows", Key="one", Body=b"1,2,3")

    write() >> [WaitForS3(task_id=how, how=how) for how in ("read", "list", "miss")]
