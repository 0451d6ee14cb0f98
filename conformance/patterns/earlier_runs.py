"""
Earlier runs: a task that waits for what became of it in the run before.

Reference DAG: dags/earlier_runs.py
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import directly_downstream_of, downstream_of, not_directly_downstream_of
from conformance.simulator import Simulate, SimulatedRun, Word, fail, skip, takes
from conformance.simulator.clock import FAR_OFF

LONG, LONGER = 1.5, 2.5
"""What lasts so many times the distance of two runs is still at work when the next starts, or the one after that."""


@dataclass(frozen=True, kw_only=True, repr=False)
class EarlierRuns(Claim):
    """A task of a run starts only after what it is in the run before (`depends_on_past`)."""

    pattern = "earlier-runs"
    roles = ("task", "next", "later")
    shapes: ClassVar = {
        "next": (directly_downstream_of("task"),),
        "later": (downstream_of("next"), not_directly_downstream_of("task")),
    }

    task: str
    """The task with `depends_on_past`, which waits for nothing else in its run."""
    every: int = UNSAID
    """The seconds from one run to the next; the schedule goes on while a run is not over."""
    skips: bool = False
    """Whether the task may skip itself."""
    next: str = UNSAID
    """A task directly downstream of it."""
    later: str = UNSAID
    """A task downstream of that, and not directly downstream of `task`."""
    waits_for_next: bool = False
    """Whether the task has `wait_for_downstream`, too."""


def three(claim: EarlierRuns, simulate: Simulate, *words: Word) -> list[SimulatedRun]:
    """The first three runs of the schedule, in all of which the same happens."""
    first = simulate(claim.dag, *words, until=FAR_OFF, runs=3, depth="scheduler")
    return [first, *first.others]


def began(runs: list[SimulatedRun], task: str) -> list[datetime]:
    """When a task first starts in each run in which it does."""
    return [run.started + timedelta(seconds=run.starts(task)[0]) for run in runs if list(run.starts(task))]


def told(runs: list[SimulatedRun], task: str) -> str:
    """Each run in turn."""
    return "\n".join(run.explain(task) for run in runs)


@case("EARLIER-001")
def test_the_first_run_is_not_held_back(earlier_runs: EarlierRuns, simulate: Simulate) -> None:
    """
    In the first run of a DAG the task starts, though there is no run before.

    If this fails: something else holds it back, such as its trigger rule.
    """
    first = three(earlier_runs, simulate)[0]

    assert first.starts(earlier_runs.task) == [0.0], first.explain(earlier_runs.task)
    assert first.state_of(earlier_runs.task) == "success", first.explain(earlier_runs.task)


@case("EARLIER-002", needs=("every",))
def test_a_failure_stops_the_runs_after_it(earlier_runs: EarlierRuns, simulate: Simulate) -> None:
    """
    When the task fails in one run, it does not start in the runs after it.

    If this fails: the task has no `depends_on_past`.
    """
    task = earlier_runs.task
    runs = three(earlier_runs, simulate, fail(task))

    assert len(runs) > 1, told(runs, task)
    assert len(began(runs, task)) == 1, told(runs, task)
    assert [run.state_of(earlier_runs.task) for run in runs[1:]] == [None] * (len(runs) - 1), told(runs, task)


@case("EARLIER-003", needs=("skips",))
def test_a_skip_stops_nothing(earlier_runs: EarlierRuns, simulate: Simulate) -> None:
    """
    When the task is skipped in one run, it starts in the next.

    If this fails: the task waits for more than itself in the run before, or there is no other run.
    """
    runs = three(earlier_runs, simulate, skip(earlier_runs.task))

    assert len(began(runs, earlier_runs.task)) == len(runs) == 3, told(runs, earlier_runs.task)


@case("EARLIER-004", needs=("every",))
def test_it_waits_until_it_has_ended_in_the_run_before(earlier_runs: EarlierRuns, simulate: Simulate) -> None:
    """
    When the task is still at work in one run, it starts in the next at the instant at which that has ended.

    If this fails: the task has no `depends_on_past`, or `max_active_runs` lets no other run start meanwhile.
    """
    task, lasts = earlier_runs.task, LONG * earlier_runs.every
    runs = three(earlier_runs, simulate, takes(task, seconds=lasts))

    ended = [run.started + timedelta(seconds=run.ends(task)[-1]) for run in runs]
    assert began(runs, task)[1:] == ended[:-1], told(runs, task)
    assert runs[1].started < ended[0], told(runs, task)


@case("EARLIER-005", needs=("next", "every", "waits_for_next"))
def test_it_waits_for_what_is_next_to_it(earlier_runs: EarlierRuns, simulate: Simulate) -> None:
    """
    With `wait_for_downstream` the task starts when what is directly downstream of it has ended in the run before.

    If this fails: the task has no `wait_for_downstream`.
    """
    task, following = earlier_runs.task, earlier_runs.next
    runs = three(earlier_runs, simulate, takes(following, seconds=LONG * earlier_runs.every))

    ended = [run.started + timedelta(seconds=run.ends(following)[-1]) for run in runs]
    assert began(runs, task)[1:] == ended[:-1], told(runs, task)


@case("EARLIER-006", needs=("later", "every"))
def test_it_looks_no_further(earlier_runs: EarlierRuns, simulate: Simulate) -> None:
    """
    The task does not wait for what is further downstream of it in the run before.

    If this fails: what is directly downstream of the task waits for that, or one run is active at a time.
    """
    task, later = earlier_runs.task, earlier_runs.later
    runs = three(earlier_runs, simulate, takes(later, seconds=LONGER * earlier_runs.every))

    starts = [start - runs[0].started for start in began(runs, task)]
    assert starts == [timedelta(seconds=place * earlier_runs.every) for place in range(3)], told(runs, task)
