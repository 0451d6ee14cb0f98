"""
Poll for job: a task starts a job somewhere else, a sensor waits for its end.

Reference DAG: dags/poll_for_job.py and dags/poll_for_script.py
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import SENSOR, directly_downstream_of, downstream_of
from conformance.simulator import Simulate, SimulatedRun, aws, scripts


@dataclass(frozen=True, kw_only=True, repr=False)
class PollForJob(Claim):
    """
    One task starts a job, a sensor waits for it. Their own code runs, on an AWS in memory, and the job is played: runs
    of a Glue job, or a script that keeps its status in an object of S3, as JSON: {"status": "doing"}, then "succeeded"
    or "failed".
    """

    pattern = "poll-for-job"
    roles = ("start", "sensor", "downstream")
    shapes: ClassVar = {"sensor": (SENSOR, downstream_of("start")), "downstream": (directly_downstream_of("sensor"),)}

    start: str
    """The task that starts the job."""
    sensor: str
    """The sensor downstream of it that waits for the end of the job."""
    downstream: str
    """A task directly downstream of the sensor; that of a script fails if the script has failed."""
    job: str = UNSAID
    """The name of the Glue job."""
    script: str = UNSAID
    """The name of a Python file that is started with `subprocess`; its last argument is the address of the status,
    "s3://bucket/key"."""
    bucket: str = UNSAID
    """The bucket that the status of the script is in; it exists before the run and is empty."""
    takes: float = UNSAID
    """How long the script takes, if it is not played. Its `main` gets the arguments of the command line."""
    interval: float
    """The seconds between two pokes (`poke_interval`)."""
    timeout: float
    """The seconds after which the sensor gives up; at least two intervals."""

    @property
    def known(self) -> bool:
        """Whether `job`, or `script` with its `bucket`, is given."""
        return self.job is not None or (self.script is not None and self.bucket is not None)


MONDAY = datetime(2024, 1, 1, tzinfo=timezone.utc)

Plan = Callable[..., None]
"""`plan(ends, seconds=…, unseen=…)`: what becomes of the jobs that are started from now on."""


@contextmanager
def elsewhere(claim: PollForJob) -> Iterator[Plan]:
    """Where the job is done: on Glue, or by a script that keeps its status in S3."""
    with aws() as cloud, scripts() as plans:
        if claim.job:
            yield partial(cloud.job, claim.job)
        else:
            cloud.bucket(claim.bucket)
            yield lambda ends, **times: plans.update({claim.script: partial(tell, ends.lower(), **times)})


def tell(ends: str, *arguments: str, seconds: float = 0, unseen: float = 0) -> None:
    """A script that is first seen after some seconds, and ends that long after its start."""
    time.sleep(unseen)
    if seconds > unseen:
        say(arguments[-1], "doing")
        time.sleep(seconds - unseen)
    say(arguments[-1], ends)


def say(address: str, status: str) -> None:
    """Write the status of a script."""
    import boto3

    bucket, _, key = address.removeprefix("s3://").partition("/")
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps({"status": status}))


def pokes(run: SimulatedRun, claim: PollForJob) -> list[list[float]]:
    """When each instance of the sensor poked, in seconds since the job was started."""
    started = run.ends(claim.start)[0]
    return [[round(poke - started, 3) for poke in run.pokes(*key)] for key in run.instances(claim.sensor)]


@case("POLL-001", needs=("known",))
def test_pokes_until_the_job_succeeded(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    The sensor pokes at once and every interval, and succeeds at the first poke after the job did.

    If this fails: `poke_interval` is not what its owner thinks.
    """
    interval = poll_for_job.interval
    with elsewhere(poll_for_job) as plan:
        plan("SUCCEEDED", seconds=1.5 * interval)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.downstream) == "success", run.explain(poll_for_job.sensor)
    for seen in pokes(run, poll_for_job):
        assert seen == [0, interval, 2 * interval], run.explain(poll_for_job.sensor)


@case("POLL-002", needs=("job",))
def test_stops_when_the_job_failed(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A job run that ended as FAILED, ERROR, TIMEOUT, STOPPED or EXPIRED fails the sensor, and stops what is downstream of
    it.

    If this fails: the sensor takes every end of the job for a good one, or for none.
    """
    for state in "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED":
        with aws() as cloud:
            cloud.job(poll_for_job.job, state)
            run = simulate(poll_for_job.dag, execute=True)

        assert run.state_of(poll_for_job.sensor) == "failed", run.explain(poll_for_job.sensor)
        assert run.state_of(poll_for_job.downstream) == "upstream_failed", run.explain(poll_for_job.downstream)


@case("POLL-003", needs=("job",))
def test_waits_in_every_state_on_the_way(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A job run that is STARTING, RUNNING, WAITING or STOPPING is waited for.

    If this fails: the sensor knows some of the states only.
    """
    for state in "STARTING", "RUNNING", "WAITING", "STOPPING":
        with aws() as cloud:
            cloud.job(poll_for_job.job, "SUCCEEDED", seconds=1, meanwhile=state)
            run = simulate(poll_for_job.dag, execute=True)

        assert run.state_of(poll_for_job.sensor) == "success", run.explain(poll_for_job.sensor)


@case("POLL-004", needs=("known",))
def test_an_unknown_state_is_a_failure(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A state that the sensor does not know fails it, and is named.

    If this fails: the sensor takes what it does not know for "not yet", or for the end.
    """
    with elsewhere(poll_for_job) as plan:
        plan("SUSPENDED")
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.sensor) == "failed", run.explain(poll_for_job.sensor)
    for instance in run.instances(poll_for_job.sensor):
        assert "SUSPENDED" in run.errors[instance].upper(), run.explain(poll_for_job.sensor)


@case("POLL-005", needs=("known",))
def test_not_there_yet_is_not_a_failure(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A job of which nothing is known yet is waited for.

    If this fails: the error that nothing is found ends the sensor.
    """
    with elsewhere(poll_for_job) as plan:
        plan("SUCCEEDED", unseen=1)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.sensor) == "success", run.explain(poll_for_job.sensor)


@case("POLL-006", needs=("known",))
def test_a_timeout_is_a_failure(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A job that does not end fails the sensor at its first poke after the timeout, and stops what is downstream of it.

    If this fails: `timeout` is not what its owner thinks; the default is 7 days.
    """
    with elsewhere(poll_for_job) as plan:
        plan("SUCCEEDED", seconds=math.inf)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.sensor) == "failed", run.explain(poll_for_job.sensor)
    assert run.state_of(poll_for_job.downstream) == "upstream_failed", run.explain(poll_for_job.downstream)
    for seen in pokes(run, poll_for_job):
        assert [poke for poke in seen if poke > poll_for_job.timeout] == seen[-1:], run.explain(poll_for_job.sensor)


@case("POLL-007", needs=("known",))
def test_an_earlier_job_run_does_not_count(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    How the job of an earlier run ended does not matter.

    If this fails: the sensor asks for the state of the job, and not of the one that its own run started.
    """
    with elsewhere(poll_for_job) as plan:
        for day, ends in enumerate(("SUCCEEDED", "FAILED", "SUCCEEDED")):
            plan(ends)
            run = simulate(poll_for_job.dag, at=MONDAY + timedelta(days=day), execute=True)

            succeeded = run.state_of(poll_for_job.downstream) == "success"
            assert succeeded is (ends == "SUCCEEDED"), run.explain(poll_for_job.sensor)


@case("POLL-008", needs=("known",))
def test_what_was_before_a_clear_does_not_count(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A run whose start is cleared waits for the new job, and how the job before it ended does not matter.

    If this fails: the sensor asks for the job of the run, which is still the old one until the new one is known.
    """
    with elsewhere(poll_for_job) as plan:
        plan("SUCCEEDED", seconds=1.5 * poll_for_job.interval)
        run = simulate(poll_for_job.dag, clear=poll_for_job.start, execute=True)

    for seen in pokes(run, poll_for_job):
        assert len(seen) == 2 * 3, run.explain(poll_for_job.sensor)


@case("POLL-009", needs=("known",))
def test_the_start_does_not_wait(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    The task that starts the job takes no longer if the job takes longer.

    If this fails: it waits for the job, on a worker, and leaves the sensor less to wait for.
    """
    with elsewhere(poll_for_job) as plan:
        plan("SUCCEEDED")
        short = simulate(poll_for_job.dag, execute=True)
        plan("SUCCEEDED", seconds=10 * poll_for_job.interval)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.start) == "success", run.explain(poll_for_job.start)
    assert run.ends(poll_for_job.start) == short.ends(poll_for_job.start), run.explain(poll_for_job.start)


@case("POLL-010", needs=("script", "bucket"))
def test_the_next_task_judges(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    When the script has failed, the sensor succeeds, and the task downstream of it fails.

    If this fails: the sensor judges, too, so that nobody sees whether an answer came; or nobody does.
    """
    with elsewhere(poll_for_job) as plan:
        plan("FAILED", seconds=1)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.sensor) == "success", run.explain(poll_for_job.sensor)
    assert run.state_of(poll_for_job.downstream) == "failed", run.explain(poll_for_job.downstream)


@case("POLL-011", needs=("script", "bucket", "takes"))
def test_the_script_is_in_time(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    The script itself takes as long as it is said to, and the run goes on at the first poke after that.

    If this fails: the sensor gives up before the script can have ended, or they speak of different objects.
    """
    with aws() as cloud, scripts() as plans:
        cloud.bucket(poll_for_job.bucket)
        plans[poll_for_job.script] = None
        run = simulate(poll_for_job.dag, execute=True)

    interval = poll_for_job.interval
    until_then = math.ceil(poll_for_job.takes / interval)
    assert run.state_of(poll_for_job.downstream) == "success", run.explain(poll_for_job.sensor)
    for seen in pokes(run, poll_for_job):
        assert seen == [interval * poke for poke in range(until_then + 1)], run.explain(poll_for_job.sensor)
