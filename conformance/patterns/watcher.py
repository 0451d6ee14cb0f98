"""
Watcher: a failure that a later success would hide fails the run.

Reference DAG: dags/watcher.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import WAITING, downstream_of, one_of
from conformance.simulator import Simulate, SimulatedRun, fail, succeed


@dataclass(frozen=True, kw_only=True, repr=False)
class Watcher(Claim):
    """A task that runs whatever happened, and maybe another one that watches for failures."""

    pattern = "watcher"
    roles = ("last", "watcher", "watched", "retried")
    shapes: ClassVar = {
        "last": (WAITING, downstream_of("watched")),
        "watcher": (WAITING, downstream_of("watched")),
        "retried": (one_of("watched"),),
    }

    last: str
    """The task that runs whatever happened before it."""
    watched: tuple[str, ...]
    """The tasks before the last one whose failure matters."""
    watcher: str = UNSAID
    """The task that fails when another one has failed; it is directly downstream of all of them. Its own code runs."""
    retried: str = UNSAID
    """A watched task that has a retry at least."""
    over_result: bool = False
    """Whether all of them are in a task group that is mapped over the result of a task."""

    @property
    def unwatched(self) -> bool:
        """Whether nobody watches."""
        return self.watcher is None


@case("WATCHER-001", needs=("unwatched",))
def test_a_failure_is_masked_without_one(watcher: Watcher, simulate: Simulate) -> None:
    """
    Without a watcher the run succeeds although a task failed, when the tasks that it ends with succeeded.

    If this fails: the last task does not run after a failure, or another task at the end of the DAG fails.
    """
    for task in watcher.watched:
        run = simulate(watcher.dag, fail(task))

        assert run.state_of(task) == "failed", run.explain(task)
        assert run.state == "success", run.explain(watcher.last)


@case("WATCHER-002", needs=("watcher",))
def test_any_failure_fails_the_run(watcher: Watcher, simulate: Simulate) -> None:
    """
    With a watcher the run fails when any of the watched tasks does.

    If this fails: the watcher is not directly downstream of every task, its rule is not `one_failed`, or it raises
    nothing.
    """
    for task in watcher.watched:
        run = _failing(task, watcher, simulate)

        assert run.state_of(watcher.watcher) == "failed", run.explain(watcher.watcher)
        assert run.state == "failed", run.explain(watcher.watcher)


@case("WATCHER-003", needs=("watcher",))
def test_holds_up_nothing(watcher: Watcher, simulate: Simulate) -> None:
    """
    With a watcher the task that runs whatever happened still runs and succeeds after a failure.

    If this fails: the last task is downstream of the watcher, or its trigger rule is not `all_done`.
    """
    run = _failing(watcher.watched[0], watcher, simulate)

    assert run.state_of(watcher.last) == "success", run.explain(watcher.last)


@case("WATCHER-004", needs=("watcher",))
def test_is_skipped_when_all_is_well(watcher: Watcher, simulate: Simulate) -> None:
    """
    When nothing fails the watcher is skipped, and the run succeeds.

    If this fails: the watcher's rule is `all_done`: it runs every time and fails every run.
    """
    run = simulate(watcher.dag, *_succeeding(watcher), execute=True)

    assert run.state_of(watcher.watcher) == "skipped", run.explain(watcher.watcher)
    assert run.state == "success", run.explain(watcher.watcher)


@case("WATCHER-005", needs=("watcher", "retried"))
def test_a_retry_is_no_failure(watcher: Watcher, simulate: Simulate) -> None:
    """
    The watcher does not take a failure for one that a retry makes good.

    If this fails: the task has no retries, or the run is over before the retry is due.
    """
    run = simulate(watcher.dag, *_succeeding(watcher), fail(watcher.retried, times=1), execute=True)

    assert run.state_of(watcher.watcher) == "skipped", run.explain(watcher.watcher)
    assert run.state == "success", run.explain(watcher.watcher)


@case("WATCHER-006", needs=("watcher",))
def test_is_not_retried(watcher: Watcher, simulate: Simulate) -> None:
    """
    The watcher fails in its first try.

    If this fails: it inherits retries from `default_args`, which only put off the end of the run.
    """
    run = _failing(watcher.watched[0], watcher, simulate)

    assert run.tries(watcher.watcher) == 1, run.explain(watcher.watcher)


def _failing(task: str, watcher: Watcher, simulate: Simulate) -> SimulatedRun:
    """A run in which only one task fails, and the watcher does what it does."""
    return simulate(watcher.dag, *_succeeding(watcher), fail(task), execute=True)


def _succeeding(watcher: Watcher) -> list[object]:
    """All but the watcher succeed."""
    return [succeed(task, None) for task in (*watcher.watched, watcher.last)]
