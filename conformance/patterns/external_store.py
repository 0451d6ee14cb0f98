"""
External store: results that outlive the run are written so that a second time changes nothing.

Reference DAG: dags/external_store.py
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.roles.shapes import downstream_of
from conformance.simulator import Simulate, aws, fail, succeed


@dataclass(frozen=True, kw_only=True, repr=False)
class ExternalStore(Claim):
    """One task writes results to S3 that outlive the run."""

    pattern = "external-store"
    roles = ("source", "writer")
    shapes: ClassVar = {"writer": (downstream_of("source"),)}

    source: str
    """The task that returns what is to be written: a list of texts."""
    writer: str
    """The task downstream of it that writes one object or more; more for a longer list."""
    bucket: str
    """The S3 bucket, which exists before the run and is empty."""


TODAY = datetime(2024, 1, 2, tzinfo=timezone.utc)
TOMORROW = datetime(2024, 1, 3, tzinfo=timezone.utc)


@case("EXTERNAL-001")
def test_a_rerun_leaves_the_same(external_store: ExternalStore, simulate: Simulate) -> None:
    """
    A run that is run again leaves the same objects, with the same in them.

    If this fails: names or contents have a random id or the time of writing in them, or the writer appends.
    """
    with aws() as cloud:
        cloud.bucket(external_store.bucket)
        simulate(external_store.dag, at=TODAY, execute=True)
        once = cloud.objects(external_store.bucket)
        run = simulate(external_store.dag, at=TODAY, execute=True)
        twice = cloud.objects(external_store.bucket)

    assert once, run.explain(external_store.writer)
    assert twice == once, run.explain(external_store.writer)


@case("EXTERNAL-002")
def test_a_retry_leaves_no_more(external_store: ExternalStore, simulate: Simulate) -> None:
    """
    A writer that dies after writing and is tried again leaves as much as one that does not die.

    If this fails: what an earlier try wrote is cleaned up in a task of its own, which no retry repeats.
    """
    with aws() as cloud:
        cloud.bucket(external_store.bucket)
        simulate(external_store.dag, at=TODAY, execute=True)
        undisturbed = cloud.objects(external_store.bucket)
    with aws() as cloud:
        cloud.bucket(external_store.bucket)
        run = simulate(external_store.dag, fail(external_store.writer, times=1, late=True), at=TODAY, execute=True)
        retried = cloud.objects(external_store.bucket)

    assert run.state == "success", run.explain(external_store.writer)
    assert sorted(retried.values()) == sorted(undisturbed.values()), run.explain(external_store.writer)


@case("EXTERNAL-003")
def test_a_rerun_with_less_leaves_less(external_store: ExternalStore, simulate: Simulate) -> None:
    """
    A run that is run again with less to write leaves nothing of what it wrote before.

    If this fails: objects are overwritten, but those that are no longer wanted are not removed.
    """
    source = external_store.source
    with aws() as cloud:
        cloud.bucket(external_store.bucket)
        simulate(external_store.dag, succeed(source, ["one"]), at=TODAY, execute=True)
        few = cloud.objects(external_store.bucket)
    with aws() as cloud:
        cloud.bucket(external_store.bucket)
        simulate(external_store.dag, succeed(source, ["one", "two", "three"]), at=TODAY, execute=True)
        run = simulate(external_store.dag, succeed(source, ["one"]), at=TODAY, execute=True)
        left = cloud.objects(external_store.bucket)

    assert sorted(left.values()) == sorted(few.values()), run.explain(external_store.writer)


@case("EXTERNAL-004")
def test_days_leave_each_other_alone(external_store: ExternalStore, simulate: Simulate) -> None:
    """
    What a run of one day wrote is as it was after a run of another day.

    If this fails: names have nothing of the day in them, or a run cleans up more than its own.
    """
    with aws() as cloud:
        cloud.bucket(external_store.bucket)
        simulate(external_store.dag, at=TODAY, execute=True)
        before = cloud.objects(external_store.bucket)
        run = simulate(external_store.dag, at=TOMORROW, execute=True)
        after = cloud.objects(external_store.bucket)

    assert before.items() < after.items(), run.explain(external_store.writer)
