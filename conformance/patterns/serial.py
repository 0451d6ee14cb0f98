"""
Serial: tasks one after another.

Reference DAG: dags/serial.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.roles.shapes import two
from conformance.simulator import Simulate, fail, skip, takes


@dataclass(frozen=True, kw_only=True, repr=False)
class Serial(Claim):
    """Tasks one after another."""

    pattern = "serial"
    roles = ("tasks",)
    shapes: ClassVar = {"tasks": (two("tasks"),)}

    tasks: tuple[str, ...]
    """The tasks, in the order in which they run."""
    mapped: bool = False
    """Whether the tasks are in a mapped task group, two instances at least."""
    over_result: bool = False
    """Whether that group is mapped over the result of a task."""


@case("SERIAL-001")
def test_each_starts_when_the_one_before_has_ended(serial: Serial, simulate: Simulate) -> None:
    """
    Each task starts at the instant the one before it ends, in the claimed order.

    If this fails: an edge is missing, or a task waits for something else as well.
    """
    run = simulate(serial.dag, *[takes(task, minutes=5) for task in serial.tasks])

    starts = [run.starts(task)[0] for task in serial.tasks]
    assert starts == [300.0 * place for place in range(len(serial.tasks))], run.explain()


@case("SERIAL-002")
def test_a_failure_stops_all_that_follow(serial: Serial, simulate: Simulate) -> None:
    """
    When the first task fails, every later task is `upstream_failed` without having started, however long the chain.

    If this fails: a later task has a trigger rule that lets it run after a failure.
    """
    first, *later = serial.tasks
    run = simulate(serial.dag, fail(first))

    for task in later:
        assert run.state_of(task) == "upstream_failed", run.explain(task)
        assert run.starts(task) == [], run.explain(task)


@case("SERIAL-003")
def test_a_skip_skips_all_that_follow(serial: Serial, simulate: Simulate) -> None:
    """
    When the first task is skipped, every later task is skipped too.

    If this fails: a later task has a trigger rule that lets it run after a skip.
    """
    first, *later = serial.tasks
    run = simulate(serial.dag, skip(first))

    for task in later:
        assert run.state_of(task) == "skipped", run.explain(task)


@case("SERIAL-004")
def test_any_failure_fails_the_run(serial: Serial, simulate: Simulate) -> None:
    """
    The run fails whichever of its tasks fails, and what ran before keeps its success.

    If this fails: a leaf downstream of the chain succeeds whatever happened, and a run is judged by its leaves.
    """
    for place, task in enumerate(serial.tasks):
        run = simulate(serial.dag, fail(task))

        assert run.state == "failed", run.explain(task)
        assert {run.state_of(earlier) for earlier in serial.tasks[:place]} <= {"success"}, run.explain(task)


@case("SERIAL-005", needs=("mapped",))
def test_each_instance_goes_on_by_itself(serial: Serial, simulate: Simulate) -> None:
    """
    In a mapped task group each instance of the chain goes on by itself: a failure in one stops only what follows there,
    and no instance waits for a slower one.

    If this fails: a task of the chain is not in the group, or is downstream of something that every instance waits for.
    """
    first, *later = serial.tasks
    fails = simulate(serial.dag, fail(first, map_index=0))
    slow = simulate(serial.dag, takes(first, minutes=10, map_index=0))

    for task in later:
        states = [fails.state_of(task, index) for index in (0, 1)]
        assert states == ["upstream_failed", "success"], fails.explain(task)
        assert [slow.starts(task, index) for index in (0, 1)] == [[600], [0]], slow.explain(task)
