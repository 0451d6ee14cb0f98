"""
Poll for job: a task starts a job somewhere else, a sensor waits for its end.

Reference DAG: dags/poll_for_job.py        Seed: section 8
"""

import math

from conformance.case import case
from conformance.claims.roles import PollForJob
from conformance.simulator import Simulate, aws


@case("POLL-001")
def test_looks_until_the_job_succeeded(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    The sensor looks at once and every interval, and succeeds at the first look after the job did.

    If this fails: `poke_interval` is not what its owner thinks.
    """
    interval = poll_for_job.interval
    with aws() as cloud:
        cloud.job(poll_for_job.job, "SUCCEEDED", seconds=1.5 * interval)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.downstream) == "success", run.explain(poll_for_job.sensor)
    for instance in run.instances(poll_for_job.sensor):
        assert run.pokes(*instance) == [0, interval, 2 * interval], run.explain(poll_for_job.sensor)


@case("POLL-002")
def test_stops_when_the_job_failed(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A job run that ended as FAILED, ERROR, TIMEOUT, STOPPED or EXPIRED fails the sensor, and stops what is behind it.

    If this fails: the sensor takes every end of the job for a good one, or for none.
    """
    for state in "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED":
        with aws() as cloud:
            cloud.job(poll_for_job.job, state)
            run = simulate(poll_for_job.dag, execute=True)

        assert run.state_of(poll_for_job.sensor) == "failed", run.explain(poll_for_job.sensor)
        assert run.state_of(poll_for_job.downstream) == "upstream_failed", run.explain(poll_for_job.downstream)


@case("POLL-003")
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


@case("POLL-004")
def test_an_unknown_state_is_a_failure(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A state that the sensor does not know fails it, and is named.

    If this fails: the sensor takes what it does not know for "not yet", or for the end.
    """
    with aws() as cloud:
        cloud.job(poll_for_job.job, "SUSPENDED")
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.sensor) == "failed", run.explain(poll_for_job.sensor)
    for instance in run.instances(poll_for_job.sensor):
        assert "SUSPENDED" in run.errors[instance], run.explain(poll_for_job.sensor)


@case("POLL-005")
def test_not_there_yet_is_not_a_failure(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A job run that Glue does not know of yet is waited for.

    If this fails: the error that it is not found ends the sensor.
    """
    with aws() as cloud:
        cloud.job(poll_for_job.job, "SUCCEEDED", unseen=1)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.sensor) == "success", run.explain(poll_for_job.sensor)


@case("POLL-006")
def test_a_timeout_is_a_failure(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    A job that does not end fails the sensor at its first look after the timeout, and stops what is behind it.

    If this fails: `timeout` is not what its owner thinks; the default is 7 days.
    """
    with aws() as cloud:
        cloud.job(poll_for_job.job, "SUCCEEDED", seconds=math.inf)
        run = simulate(poll_for_job.dag, execute=True)

    assert run.state_of(poll_for_job.sensor) == "failed", run.explain(poll_for_job.sensor)
    assert run.state_of(poll_for_job.downstream) == "upstream_failed", run.explain(poll_for_job.downstream)
    for instance in run.instances(poll_for_job.sensor):
        looks = run.pokes(*instance)
        assert [look for look in looks if look > poll_for_job.timeout] == looks[-1:], run.explain(poll_for_job.sensor)


@case("POLL-007")
def test_an_earlier_job_run_does_not_count(poll_for_job: PollForJob, simulate: Simulate) -> None:
    """
    How the job of an earlier run ended does not matter.

    If this fails: the sensor asks for the state of the job, and not of the job run that its own run started.
    """
    with aws() as cloud:
        for state, expected in ("SUCCEEDED", "success"), ("FAILED", "failed"), ("SUCCEEDED", "success"):
            cloud.job(poll_for_job.job, state)
            run = simulate(poll_for_job.dag, execute=True)

            assert run.state_of(poll_for_job.sensor) == expected, run.explain(poll_for_job.sensor)
