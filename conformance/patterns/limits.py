"""
Limits: how many tasks are at work at a time, and which of those that wait comes first.

Reference DAG: dags/limits.py
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.simulator import Simulate, SimulatedRun, takes

TEN_MINUTES = 600.0


@dataclass(frozen=True, kw_only=True, repr=False)
class Limits(Claim):
    """Tasks that could all be at work together, and may not."""

    pattern = "limits"
    roles = ("tasks",)

    tasks: tuple[str, ...]
    """All tasks of the DAG, or those that a limit is about; nothing holds one of them back but the limit."""
    at_a_time: int = UNSAID
    """How many tasks of the DAG may be at work at a time (`max_active_tasks`)."""
    of_a_task: int = UNSAID
    """How many instances of each, which is mapped, may be at work at a time in a run (`max_active_tis_per_dagrun`)."""
    of_all_runs: int = UNSAID
    """How many instances of each, which is mapped, may be at work at a time (`max_active_tis_per_dag`)."""
    in_order: bool = False
    """Whether they are named in the order of their priorities, the highest first, and one is at work at a time."""


def together(run: SimulatedRun, task: str) -> int:
    """How many instances of a task are at work at a time, at most."""
    spells = [(run.starts(*key)[0], run.ends(*key)[-1]) for key in run.instances(task)]
    return max(sum(start <= now < end for start, end in spells) for now, _ in spells)


def busy(claim: Limits, simulate: Simulate) -> SimulatedRun:
    """A run in which each of them takes ten minutes."""
    return simulate(claim.dag, *(takes(task, seconds=TEN_MINUTES) for task in claim.tasks), depth="scheduler")


@case("LIMIT-001", needs=("at_a_time",))
def test_no_more_tasks_than_may_be(limits: Limits, simulate: Simulate) -> None:
    """
    Of the tasks of a run, `max_active_tasks` are at work at a time, and the next starts at the instant one ends.

    If this fails: `max_active_tasks` is not set (the default is 16).
    """
    run = busy(limits, simulate)

    starts = sorted(start for task in limits.tasks for start in run.starts(task))
    assert starts == [TEN_MINUTES * (place // limits.at_a_time) for place in range(len(limits.tasks))], run.explain()


@case("LIMIT-002", needs=("of_a_task",))
def test_no_more_instances_in_a_run_than_may_be(limits: Limits, simulate: Simulate) -> None:
    """
    Of the instances of a mapped task, `max_active_tis_per_dagrun` are at work at a time in a run.

    If this fails: `max_active_tis_per_dagrun` is not set (there is no default).
    """
    run = busy(limits, simulate)

    for task in limits.tasks:
        assert together(run, task) == limits.of_a_task, run.explain(task)
    assert run.went_well, run.explain()


@case("LIMIT-003", needs=("of_all_runs",))
def test_no_more_instances_than_may_be(limits: Limits, simulate: Simulate) -> None:
    """
    Of the instances of a mapped task, `max_active_tis_per_dag` are at work at a time.

    If this fails: `max_active_tis_per_dag` is not set (there is no default).
    """
    run = busy(limits, simulate)

    for task in limits.tasks:
        assert together(run, task) == limits.of_all_runs, run.explain(task)
    assert run.went_well, run.explain()


@case("LIMIT-004", needs=("in_order",))
def test_the_highest_priority_comes_first(limits: Limits, simulate: Simulate) -> None:
    """
    Where not all may be at work, the task with the highest priority starts first.

    If this fails: `priority_weight` or `weight_rule` is another one, or several of them may be at work at a time.
    """
    run = busy(limits, simulate)

    starts = [run.starts(task)[0] for task in limits.tasks]
    assert all(later - before >= TEN_MINUTES for before, later in pairwise(starts)), run.explain()
