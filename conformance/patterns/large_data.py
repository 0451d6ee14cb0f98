"""
Large data: it passes through S3, and only its address crosses XCom.

Reference DAG: dags/large_data.py
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from os.path import commonpath
from typing import ClassVar
from urllib.parse import quote, unquote_plus, urlsplit

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.roles.shapes import MAPPED, downstream_of, if_said
from conformance.simulator import Simulate, SimulatedRun, aws, fail, succeed
from conformance.simulator.clock import FAR_OFF


@dataclass(frozen=True, kw_only=True, repr=False)
class LargeData(Claim):
    """One task hands large data to another through S3; only its address crosses XCom."""

    pattern = "large-data"
    roles = ("writer", "reader")
    shapes: ClassVar = {"writer": (if_said("mapped", MAPPED),), "reader": (downstream_of("writer"),)}

    writer: str
    """The task that stores the data and returns its address, "s3://bucket/key"; it may be mapped."""
    reader: str
    """The task downstream of it that fetches the data; of a mapped writer it takes all addresses, or is mapped, too."""
    bucket: str
    """The S3 bucket, which exists before the run and is empty."""
    mapped: bool = False
    """Whether the writer is mapped, with two instances or more."""
    scheduled: bool = False
    """Whether the DAG has a schedule with a run at least once a day."""


MORNING = datetime(2024, 1, 2, 8, tzinfo=timezone.utc)
EVENING = datetime(2024, 1, 2, 20, tzinfo=timezone.utc)
TOMORROW = datetime(2024, 1, 3, 8, tzinfo=timezone.utc)


def handed_over(run: SimulatedRun, task: str) -> list[object]:
    """Every XCom that a task pushed."""
    return [value for (key, _), value in run.xcoms.items() if key.task_id == task]


def folder(keys: Iterable[str]) -> str:
    """The innermost folder that holds every key."""
    path = commonpath([key.rpartition("/")[0] for key in keys])
    return f"{path}/" if path else ""


@case("LARGE-001")
def test_only_the_address_crosses_xcom(large_data: LargeData, simulate: Simulate) -> None:
    """
    What the writer hands over is the address of an object that is there, and the reader needs nothing else.

    If this fails: the writer also returns or pushes the data itself.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        run = simulate(large_data.dag, execute=True)
        addresses = {f"s3://{large_data.bucket}/{key}" for key in cloud.objects(large_data.bucket)}

    assert run.state_of(large_data.reader) == "success", run.explain(large_data.reader)
    assert set(map(str, handed_over(run, large_data.writer))) <= addresses, run.explain(large_data.writer)


@case("LARGE-002")
def test_a_later_run_leaves_an_earlier_one_alone(large_data: LargeData, simulate: Simulate) -> None:
    """
    Two runs on one day write to different objects.

    If this fails: the key has no run id in it, or only the day.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        simulate(large_data.dag, at=MORNING, execute=True)
        before = cloud.objects(large_data.bucket)
        run = simulate(large_data.dag, at=EVENING, execute=True)
        after = cloud.objects(large_data.bucket)

    assert len(after) == 2 * len(before), run.explain(large_data.writer)


@case("LARGE-003", needs=("scheduled",))
def test_a_manual_run_leaves_a_scheduled_one_alone(large_data: LargeData, simulate: Simulate) -> None:
    """
    A manual run and a scheduled run of the same logical date write to different objects.

    If this fails: the key has the logical date in it (`ts`, `ds`) and not the run id.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        scheduled = simulate(large_data.dag, until=FAR_OFF, runs=1, depth="scheduler", execute=True)
        before = cloud.objects(large_data.bucket)
        run = simulate(large_data.dag, at=scheduled.logical_date, execute=True)
        after = cloud.objects(large_data.bucket)

    runs = 1 + len(scheduled.others)
    assert len(after) == len(before) + len(before) / runs, run.explain(large_data.writer)


@case("LARGE-004")
def test_a_retry_overwrites(large_data: LargeData, simulate: Simulate) -> None:
    """
    A writer that dies after writing and is tried again writes to the same object, so that nothing is left over.

    If this fails: the key has something in it that changes with each try, or the writer has no retries.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        simulate(large_data.dag, at=MORNING, execute=True)
        undisturbed = cloud.objects(large_data.bucket)
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        run = simulate(large_data.dag, fail(large_data.writer, times=1, late=True), at=MORNING, execute=True)
        retried = cloud.objects(large_data.bucket)

    assert run.state == "success", run.explain(large_data.writer)
    assert retried == undisturbed, run.explain(large_data.writer)


@case("LARGE-005", needs=("mapped",))
def test_mapped_instances_leave_each_other_alone(large_data: LargeData, simulate: Simulate) -> None:
    """
    Every instance of a mapped writer writes to an object of its own.

    If this fails: the key has no map index in it.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        run = simulate(large_data.dag, execute=True)

    instances = run.instances(large_data.writer)
    addresses = {run.xcom(large_data.writer, map_index=instance.map_index) for instance in instances}
    assert len(addresses) == len(instances) > 1, run.explain(large_data.writer)


@case("LARGE-006")
def test_nothing_is_half_written(large_data: LargeData, simulate: Simulate) -> None:
    """
    When S3 goes away as soon as each object could have been written, nothing of an object is there or all of it.

    If this fails: an object is written piece by piece under the address that readers know.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        simulate(large_data.dag, execute=True)
        whole = cloud.objects(large_data.bucket)
    with aws(latency=1, writes=len(whole)) as cloud:
        cloud.bucket(large_data.bucket)
        run = simulate(large_data.dag, execute=True)
        left = cloud.objects(large_data.bucket)

    half = [key for key in left if key in whole and left[key] != whole[key]]
    assert half == [], run.explain(large_data.writer)


@case("LARGE-007")
def test_a_missing_object_is_named(large_data: LargeData, simulate: Simulate) -> None:
    """
    A reader that finds nothing at an address fails, and its error names the address.

    If this fails: the error is S3's own, which names no key, or the reader takes nothing for no data.
    """
    gone = f"s3://{large_data.bucket}/gone"
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        run = simulate(large_data.dag, succeed(large_data.writer, gone), execute=True)

    assert run.state_of(large_data.reader) == "failed", run.explain(large_data.reader)
    for instance in run.instances(large_data.reader):
        assert gone in run.errors[instance], run.explain(large_data.reader)


@case("LARGE-008")
def test_a_run_can_be_cleaned_by_prefix(large_data: LargeData, simulate: Simulate) -> None:
    """
    What a run wrote is in one folder of the bucket, in which no other run writes.

    If this fails: something other than DAG and run comes first in the key.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        simulate(large_data.dag, at=MORNING, execute=True)
        first = cloud.objects(large_data.bucket).keys()
        run = simulate(large_data.dag, at=TOMORROW, execute=True)
        second = cloud.objects(large_data.bucket).keys() - first

    assert not any(key.startswith(folder(first)) for key in second), run.explain(large_data.writer)
    assert not any(key.startswith(folder(second)) for key in first), run.explain(large_data.writer)


@case("LARGE-009")
def test_an_address_needs_no_quoting(large_data: LargeData, simulate: Simulate) -> None:
    """
    A key is the same in an S3 address, in a URL and in an event notification, whatever the run id and however long.

    If this fails: the run id is in the key as it is, with the `:` and `+` that every default run id has.
    """
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        simulate(large_data.dag, execute=True)
        run = simulate(large_data.dag, run_id="+:~" * 83, at=TOMORROW, execute=True)
        keys = cloud.objects(large_data.bucket).keys()

    assert run.state == "success", run.explain(large_data.writer)
    for key in keys:
        assert urlsplit(f"s3://{large_data.bucket}/{key}").path[1:] == key
        assert quote(key) == key == unquote_plus(key)


@case("LARGE-010")
def test_each_run_id_has_a_key_of_its_own(large_data: LargeData, simulate: Simulate) -> None:
    """
    Runs whose ids differ in one sign only write to different objects.

    If this fails: signs that are awkward in a key are all replaced by the same one.
    """
    written = 0
    with aws() as cloud:
        cloud.bucket(large_data.bucket)
        for run_id in "from:1", "from+1", "from_1":
            run = simulate(large_data.dag, run_id=run_id, execute=True)
            objects = len(cloud.objects(large_data.bucket))
            assert objects > written, run.explain(large_data.writer)
            written = objects
