"""
Parallel: tasks side by side.

Reference DAG: dags/parallel.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.roles.shapes import two
from conformance.simulator import Simulate, fail, takes


@dataclass(frozen=True, kw_only=True, repr=False)
class Parallel(Claim):
    """Tasks side by side, none waiting for another, at the end of their DAG."""

    pattern = "parallel"
    roles = ("tasks",)
    shapes: ClassVar = {"tasks": (two("tasks"),)}

    tasks: tuple[str, ...]
    """The siblings."""


@case("PARALLEL-001")
def test_siblings_overlap(parallel: Parallel, simulate: Simulate) -> None:
    """
    Siblings start at the same instant and run side by side.

    If this fails: one waits for another, or the DAG or a pool has too few slots for all of them
    (`max_active_tasks`, `pool`).
    """
    run = simulate(parallel.dag, *[takes(task, minutes=10) for task in parallel.tasks], depth="scheduler")

    starts = {run.starts(task)[0] for task in parallel.tasks}
    assert len(starts) == 1, run.explain()


@case("PARALLEL-002")
def test_a_failure_leaves_the_others_alone(parallel: Parallel, simulate: Simulate) -> None:
    """
    When one sibling fails, the others go on and succeed.

    If this fails: `fail_fast` (`fail_stop` before 3.0) is set, or one sibling waits for another.
    """
    for failing in parallel.tasks:
        others = [task for task in parallel.tasks if task != failing]
        run = simulate(parallel.dag, fail(failing), *[takes(task, minutes=10) for task in others])

        assert {task: run.state_of(task) for task in others} == dict.fromkeys(others, "success"), run.explain()


@case("PARALLEL-003")
def test_a_failed_sibling_fails_the_run(parallel: Parallel, simulate: Simulate) -> None:
    """
    The run fails when one sibling fails, although the others succeed.

    If this fails: the siblings are not the last tasks; what comes downstream of them succeeds and hides the failure.
    """
    for failing in parallel.tasks:
        run = simulate(parallel.dag, fail(failing))

        assert run.state == "failed", run.explain(failing)
