"""
The AWS that tasks meet when they run their own code: moto's, in memory.

A case that looks into it, fills it first or disturbs it does so with `aws`:

    with aws(latency=1) as cloud:
        cloud.bucket("orders")
        run = simulate("orders", execute=True)
        assert cloud.objects("orders")
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from conformance.seam.api import RunKey
from conformance.simulator import simulation
from conformance.simulator import task_switcher as hubs
from conformance.simulator.aws_async import asked_by

SERVICES = ("dynamodb", "glue", "s3", "sts")
"""Those that the kit installs moto for. Before moto 5 each has to be named."""

READS = ("Get", "Head", "List", "BatchGet", "Query", "Scan", "Describe")
"""How the names of requests begin that change nothing."""

WRITES = ("PutObject", "CopyObject", "CompleteMultipartUpload")
"""The requests after which an S3 object is there, or is another one."""

_clients: dict[Any, Any] = {}
_inside = False


@contextmanager
def mocked_aws() -> Iterator[None]:
    """
    While inside, every AWS service is moto's, empty at first.

    Simulations inside one such block share it; without one, each simulation has its own.
    """
    global _inside
    if _inside:  # before moto 5, one inside the other would empty it
        yield
        return
    from botocore.session import Session

    own = Session.create_client

    def create_client(session: Any, *args: Any, **options: Any) -> Any:
        key = (session.user_agent_name, args, tuple(sorted((k, v) for k, v in options.items() if v is not None)))
        try:
            known = _clients.get(key)
        except TypeError:  # an option of some class that cannot be compared
            return own(session, *args, **options)
        if known is None:
            known = _clients[key] = own(session, *args, **options)
        return known

    # Making a client takes longer than simulating a task does, and a task makes one each time it runs.
    with _moto(), mock.patch.object(Session, "create_client", create_client), asked_by(_client):
        _inside = True
        try:
            yield
        finally:
            _inside = False


def _moto() -> AbstractContextManager[Any]:
    import moto

    if hasattr(moto, "mock_aws"):
        return moto.mock_aws()  # type: ignore[no-any-return]
    before_moto_5 = ExitStack()
    for service in SERVICES:
        before_moto_5.enter_context(getattr(moto, f"mock_{service}")())
    return before_moto_5


@contextmanager
def aws(*, latency: float = 0, writes: float = math.inf, any_bucket: bool = False) -> Iterator[Aws]:
    """
    One mocked AWS for all simulations inside.

    Each request of a task takes `latency` seconds of simulated time, so that tasks side by side take turns. From the
    first request that would change something beyond `writes` of them, no such request reaches AWS any more.

    With `any_bucket`, an S3 bucket is there, and empty, as soon as a request names it.
    """
    from botocore.client import BaseClient

    cloud = Aws(latency, writes)
    own = BaseClient._make_api_call

    def request(client: Any, operation: str, parameters: Any) -> Any:
        cloud.meet(operation)
        if any_bucket and operation != "CreateBucket" and client.meta.service_model.service_name == "s3":
            cloud.provide(parameters.get("Bucket", ""))
        # Not every moto knows several runs of one job, and none lets a run take its time.
        if operation == "GetJobRun":
            return {"JobRun": cloud.job_run(parameters["RunId"])}
        if operation == "GetJobRuns":
            return {"JobRuns": cloud.job_runs(parameters["JobName"])}
        answer = own(client, operation, parameters)
        cloud.notice(operation, parameters)
        return {"JobRunId": cloud.start_job_run(parameters["JobName"])} if operation == "StartJobRun" else answer

    with mocked_aws(), mock.patch.object(BaseClient, "_make_api_call", request):
        yield cloud


@dataclass(frozen=True)
class Touch:
    """A task instance wrote an S3 object, or removed it."""

    address: str
    by: RunKey
    wrote: bool


@dataclass(frozen=True)
class JobPlan:
    """What becomes of the runs of a Glue job."""

    ends: str
    seconds: float
    meanwhile: str
    unseen: float

    def state(self, elapsed: float) -> str:
        """The state of a job run that was started so many seconds ago."""
        return self.ends if elapsed >= self.seconds else self.meanwhile


class Aws:
    """A mocked AWS: what is in it, and how it answers."""

    def __init__(self, latency: float, writes: float) -> None:
        self._latency = latency
        self._writes_left = writes
        self._plans: dict[str, JobPlan] = {}
        self._job_runs: dict[str, tuple[str, datetime, JobPlan]] = {}
        self._provided = {""}
        self.touched: list[Touch] = []
        """What task instances did to objects of S3, in order."""

    # --- S3 ---

    def bucket(self, name: str) -> None:
        """Make an S3 bucket."""
        _client("s3").create_bucket(Bucket=name)

    def objects(self, bucket: str) -> dict[str, bytes]:
        """What is in an S3 bucket, by key."""
        s3 = _client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def everything(self) -> dict[str, bytes]:
        """What is in all S3 buckets, by address."""
        buckets = [bucket["Name"] for bucket in _client("s3").list_buckets()["Buckets"]]
        return {f"s3://{name}/{key}": data for name in buckets for key, data in self.objects(name).items()}

    def written(self) -> dict[str, datetime]:
        """When each object in any S3 bucket was last written, by address."""
        s3 = _client("s3")
        buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        pages = s3.get_paginator("list_objects_v2").paginate
        return {
            f"s3://{name}/{found['Key']}": found["LastModified"]
            for name in buckets
            for page in pages(Bucket=name)
            for found in page.get("Contents", ())
        }

    def notice(self, operation: str, parameters: Any) -> None:
        """Note what a task instance did to objects of S3. Its libraries may do that in threads of their own."""
        by = hubs.at_work()
        if not isinstance(by, RunKey):
            return
        keys = [parameters.get("Key")]
        if operation == "DeleteObjects":
            keys = [each["Key"] for each in parameters["Delete"]["Objects"]]
        elif operation not in (*WRITES, "DeleteObject"):
            return
        addresses = (f"s3://{parameters['Bucket']}/{key}" for key in keys)
        self.touched += [Touch(address, by, operation in WRITES) for address in addresses]

    def provide(self, bucket: str) -> None:
        """Make an S3 bucket when it is first spoken of; what has no name for one is left to S3 to refuse."""
        from botocore.exceptions import BotoCoreError, ClientError

        if bucket not in self._provided:
            self._provided.add(bucket)
            with suppress(BotoCoreError, ClientError):
                self.bucket(bucket)

    # --- DynamoDB ---

    def table(self, name: str, key: str) -> None:
        """Make a DynamoDB table whose key is one text attribute."""
        _client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def items(self, table: str) -> list[dict[str, Any]]:
        """The items of a DynamoDB table, with their values as Python has them."""
        from boto3.dynamodb.types import TypeDeserializer

        value = TypeDeserializer().deserialize
        found = _client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        return [{name: value(typed) for name, typed in item.items()} for item in found]

    # --- Glue ---

    def job(self, name: str, ends: str, *, seconds: float = 0, meanwhile: str = "RUNNING", unseen: float = 0) -> None:
        """
        Make a Glue job, or say anew of its next runs: each is `meanwhile` for `seconds`, then `ends`.

        For its first `unseen` seconds nobody who asks for a run is told of it.
        """
        if name not in self._plans:
            _client("glue").create_job(
                Name=name,
                Role="conformance",
                Command={"Name": "glueetl", "ScriptLocation": "s3://scripts/job.py"},
                ExecutionProperty={"MaxConcurrentRuns": 100},
            )
        self._plans[name] = JobPlan(ends, seconds, meanwhile, unseen)

    def start_job_run(self, job: str) -> str:
        """Start a run of a Glue job as it is planned now; its id."""
        job_run = f"jr_{len(self._job_runs) + 1:03}"
        self._job_runs[job_run] = job, _now(), self._plans[job]
        return job_run

    def job_run(self, job_run: str) -> dict[str, Any]:
        """A run of a Glue job. Raises what Glue answers when it does not know the run, or not yet."""
        job, started, plan = self._job_runs.get(job_run, ("", _now(), None))
        elapsed = (_now() - started).total_seconds()
        if plan is None or elapsed < plan.unseen:
            raise _client("glue").exceptions.EntityNotFoundException(
                {"Error": {"Code": "EntityNotFoundException", "Message": "Job Run not found"}}, "GetJobRun"
            )
        return {"Id": job_run, "JobName": job, "JobRunState": plan.state(elapsed)}

    def job_runs(self, job: str) -> list[dict[str, Any]]:
        """The runs of a Glue job, the newest first."""
        return [self.job_run(job_run) for job_run, (name, _, _) in self._job_runs.items() if name == job][::-1]

    # --- every request ---

    def meet(self, operation: str) -> None:
        """Let a request of a task take its time; raise if it does not reach AWS."""
        hub = hubs.active()
        if hub and self._latency:
            hub.sleep(self._latency)
        if simulation.current() and not operation.startswith(READS):
            from botocore.exceptions import EndpointConnectionError

            self._writes_left -= 1
            if self._writes_left < 0:
                raise EndpointConnectionError(endpoint_url="https://aws.invalid")


def _client(service: str, region: str | None = None) -> Any:
    import boto3

    return boto3.client(service, region_name=region)


def _now() -> datetime:
    return datetime.now(timezone.utc)
