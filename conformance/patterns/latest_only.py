"""
Latest only: what is done in the newest run of a schedule, and left out in those that are made up for.

Reference DAG: dags/latest_only.py
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import directly_downstream_of, downstream_of
from conformance.simulator import Simulate, SimulatedRun

A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, repr=False)
class LatestOnly(Claim):
    """A `LatestOnlyOperator` lets what is downstream of it run in the newest run only."""

    pattern = "latest-only"
    roles = ("gate", "newest", "anyway")
    shapes: ClassVar = {"newest": (directly_downstream_of("gate"),), "anyway": (downstream_of("newest"),)}

    gate: str
    """The `LatestOnlyOperator`."""
    newest: str
    """A task directly downstream of it."""
    turned_on: datetime = UNSAID
    """When the DAG is turned on, which catches up: two runs or more are due by then."""
    anyway: str = UNSAID
    """A task downstream of `newest` that runs whatever happened (`all_done`)."""
    by_hand: bool = False
    """Whether somebody may start it by hand."""
    points: bool = False
    """Whether each run is about the instant at which it is due, and no stretch of time."""


def made_up_for(claim: LatestOnly, simulate: Simulate) -> list[SimulatedRun]:
    """The runs that start when the DAG is turned on."""
    until = claim.turned_on + A_MOMENT
    first = simulate(claim.dag, at=claim.turned_on, until=until, depth="scheduler")
    runs = [first, *first.others]
    assert len(runs) > 1, f"only one run is due when the DAG is turned on\n{first.explain()}"
    return runs


def told(runs: list[SimulatedRun], task: str) -> str:
    """Each run in turn."""
    return "\n".join(f"{run.run_id}\n{run.explain(task)}" for run in runs)


@case("LATEST-001", needs=("turned_on",))
def test_earlier_runs_leave_it_out(latest_only: LatestOnly, simulate: Simulate) -> None:
    """
    In a run that is made up for, and is not the latest of its schedule, what is directly downstream is skipped.

    If this fails: the operator is another one, or the task is not directly downstream of it.
    """
    *earlier, _ = runs = made_up_for(latest_only, simulate)

    assert {run.state_of(latest_only.newest) for run in earlier} == {"skipped"}, told(runs, latest_only.newest)


@case("LATEST-002", needs=("turned_on",))
def test_the_latest_run_does_it(latest_only: LatestOnly, simulate: Simulate) -> None:
    """
    In the latest run of the schedule nothing is skipped.

    If this fails: another task skips it, or the run is over its time.
    """
    *_, latest = runs = made_up_for(latest_only, simulate)

    assert latest.state_of(latest_only.newest) == "success", told(runs, latest_only.newest)


@case("LATEST-003", needs=("by_hand",))
def test_a_run_by_hand_is_the_latest(latest_only: LatestOnly, simulate: Simulate) -> None:
    """
    In a run that somebody asks for nothing is skipped, whatever its logical date.

    If this fails: the operator is another one that looks at the clock.
    """
    run = simulate(latest_only.dag)

    assert run.state_of(latest_only.newest) == "success", run.explain(latest_only.newest)


@case("LATEST-004", needs=("turned_on", "anyway"))
def test_what_runs_whatever_happened_still_runs(latest_only: LatestOnly, simulate: Simulate) -> None:
    """
    A task further downstream that runs whatever happened (`all_done`) is not skipped.

    If this fails: the task has another trigger rule, or is directly downstream of the operator.
    """
    runs = made_up_for(latest_only, simulate)

    assert {run.state_of(latest_only.anyway) for run in runs} == {"success"}, told(runs, latest_only.anyway)
