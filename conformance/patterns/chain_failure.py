"""
Chain failure: a task fails among tasks one after another.

Reference DAG: dags/chain_failure.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import directly_downstream_of_last, downstream_of, in_order, two
from conformance.simulator import Simulate, fail, hang, takes


@dataclass(frozen=True, kw_only=True, repr=False)
class ChainFailure(Claim):
    """Tasks one after another, of which one fails."""

    pattern = "chain-failure"
    roles = ("tasks", "recovery", "after")
    shapes: ClassVar = {
        "tasks": (two("tasks"), in_order("tasks")),
        "recovery": (directly_downstream_of_last("tasks"),),
        "after": (downstream_of("recovery"),),
    }

    tasks: tuple[str, ...]
    """The tasks up to the recovery point, in the order in which they run; two at least."""
    recovery: str = UNSAID
    """The task directly downstream of the last of them that runs whatever happened."""
    after: str = UNSAID
    """A task downstream of the recovery point."""
    retries: int = UNSAID
    """How many retries the last of the tasks has."""
    run_timeout: float = UNSAID
    """How long a run may take (`dagrun_timeout`)."""


@case("CHAIN-001")
def test_a_failure_stops_what_is_behind_it(chain_failure: ChainFailure, simulate: Simulate) -> None:
    """
    When the first of a chain of tasks fails, those downstream of it are `upstream_failed` and never start.

    If this fails: the trigger rule of a task in the chain lets it run after a failure.
    """
    first, *others = chain_failure.tasks
    run = simulate(chain_failure.dag, fail(first))

    assert [run.state_of(task) for task in others] == ["upstream_failed"] * len(others), run.explain(others[0])
    assert [run.starts(task) for task in others] == [[]] * len(others), run.explain(others[0])


@case("CHAIN-002", needs=("recovery", "after"))
def test_recovers_behind_the_failure(chain_failure: ChainFailure, simulate: Simulate) -> None:
    """
    A recovery point downstream of the failure runs all the same, and from there on the run goes on and succeeds.

    If this fails: the trigger rule of the recovery point is not `all_done`.
    """
    run = simulate(chain_failure.dag, fail(chain_failure.tasks[1]))

    assert run.state_of(chain_failure.recovery) == "success", run.explain(chain_failure.recovery)
    assert run.state_of(chain_failure.after) == "success", run.explain(chain_failure.after)
    assert run.state == "success", run.explain(chain_failure.recovery)


@case("CHAIN-003")
def test_is_rerun_from_the_middle(chain_failure: ChainFailure, simulate: Simulate) -> None:
    """
    When the task that failed is cleared with all downstream of it, only these run again, and the run succeeds.

    If this fails: the task before is a setup, and is repeated with every task that needs it.
    """
    first, *later = chain_failure.tasks
    middle = later[0]
    failed = simulate(chain_failure.dag, fail(middle))
    tries = failed.tries(middle)
    run = simulate(chain_failure.dag, fail(middle, times=tries), clear=middle)

    assert run.tries(first) == 1, run.explain(first)
    assert run.tries(middle) == tries + 1, run.explain(middle)
    assert [run.state_of(task) for task in later] == ["success"] * len(later), run.explain(middle)
    assert run.state == "success", run.explain(middle)


@case("CHAIN-004", needs=("retries",))
def test_has_its_retries_again(chain_failure: ChainFailure, simulate: Simulate) -> None:
    """
    A task that is cleared after its last retry has all its retries again, and its try numbers go on.

    If this fails: `retries` is not what its owner thinks.
    """
    last = chain_failure.tasks[-1]
    run = simulate(chain_failure.dag, fail(last), clear=last)

    assert run.try_numbers(last) == list(range(1, 2 * (1 + chain_failure.retries) + 1)), run.explain(last)
    assert run.state_of(last) == "failed", run.explain(last)


@case("CHAIN-005", needs=("run_timeout",))
def test_a_run_that_takes_too_long_is_ended(chain_failure: ChainFailure, simulate: Simulate) -> None:
    """
    A run that is not over after `dagrun_timeout` is failed and its unfinished tasks are skipped, also the running one.

    If this fails: `dagrun_timeout` is not set or not what its owner thinks.
    """
    first, *others = chain_failure.tasks
    run = simulate(chain_failure.dag, hang(first), depth="scheduler")

    assert run.state == "failed", run.explain(first)
    assert round(run.seconds, 2) == chain_failure.run_timeout, run.explain(first)
    assert {run.state_of(task) for task in (first, *others)} == {"skipped"}, run.explain(first)


@case("CHAIN-006", needs=("run_timeout",))
def test_a_cleared_run_has_its_time_again(chain_failure: ChainFailure, simulate: Simulate) -> None:
    """
    When a task of a run that is over is cleared, the run has its whole `dagrun_timeout` again, whatever it took before.

    If this fails: the retries of a task take longer than the run may.
    """
    first, middle, *_ = chain_failure.tasks
    tries = simulate(chain_failure.dag, fail(middle)).tries(middle)
    words = takes(first, seconds=0.6 * chain_failure.run_timeout), fail(middle, times=tries)
    run = simulate(chain_failure.dag, *words, clear=first, depth="scheduler")

    assert run.seconds > chain_failure.run_timeout, run.explain(first)
    assert run.state == "success", run.explain(first)
