"""
Async wait: a task waits without a worker.

Reference DAG: dags/async_wait.py
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.simulator import Simulate, defer, for_real


@dataclass(frozen=True, kw_only=True, repr=False)
class AsyncWait(Claim):
    """One task that defers: it waits without a worker. Its own code runs, and its trigger does not."""

    pattern = "async-wait"
    roles = ("task", "downstream")

    task: str
    """The task, which defers once."""
    returns_event: bool = False
    """The task returns the event with which it goes on."""
    timeout: float = UNSAID
    """The longest that it stays deferred (`timeout` of `defer`)."""
    retries: int = UNSAID
    """How often it is tried again after it timed out."""
    execution_timeout: float = UNSAID
    """How long one try may take (`execution_timeout`); the deferral itself has no shorter timeout."""
    downstream: str = UNSAID
    """A task downstream of it, which waits for nothing else."""


@case("ASYNC-001")
def test_defers_until_its_trigger_fires(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    A deferrable task is `deferred` while it waits, and succeeds after its trigger has fired.

    If this fails: the task never calls `defer`; many operators do so only with `deferrable=True`.
    """
    run = simulate(async_wait.dag, for_real(async_wait.task), defer(async_wait.task, seconds=60))

    assert "deferred" in run.path(async_wait.task), run.explain(async_wait.task)
    assert run.state_of(async_wait.task) == "success", run.explain(async_wait.task)


@case("ASYNC-002")
def test_frees_its_slot(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    A deferred task occupies no worker slot.

    If this fails: the task waits before it defers, or after its trigger has fired.
    """
    run = simulate(async_wait.dag, for_real(async_wait.task), defer(async_wait.task, seconds=60))

    assert run.slot_seconds(async_wait.task) == 0, run.explain(async_wait.task)


@case("ASYNC-003", needs=("returns_event",))
def test_goes_on_with_the_event(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    The event with which a trigger fires reaches the method in which its task goes on, and what that returns is an XCom.

    If this fails: the method that `method_name` names does not return the event.
    """
    event = {"status": "done", "rows": 12}
    run = simulate(async_wait.dag, for_real(async_wait.task), defer(async_wait.task, seconds=60, event=event))

    for task, map_index in run.instances(async_wait.task):
        assert run.xcom(task, map_index=map_index) == event, run.explain(task)


@case("ASYNC-004", needs=("timeout",))
def test_gives_up_at_its_timeout(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    A deferred task whose trigger does not fire has failed at the timeout of its deferral, to the second.

    If this fails: `defer` is called without a `timeout`, or with another one.
    """
    run = simulate(async_wait.dag, for_real(async_wait.task), defer(async_wait.task))

    assert run.state_of(async_wait.task) == "failed", run.explain(async_wait.task)
    assert run.ends(async_wait.task)[0] == async_wait.timeout, run.explain(async_wait.task)


@case("ASYNC-005", needs=("timeout", "retries"))
def test_is_retried_after_its_timeout(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    A deferred task that timed out is tried again like after any other failure, and its timeout starts anew.

    If this fails: `retries` is not what its owner thinks.
    """
    run = simulate(async_wait.dag, for_real(async_wait.task), defer(async_wait.task))

    starts, ends = run.starts(async_wait.task), run.ends(async_wait.task)
    assert run.tries(async_wait.task) == 1 + async_wait.retries, run.explain(async_wait.task)
    assert ends[-1] - starts[-1] == ends[0] - starts[0], run.explain(async_wait.task)


@case("ASYNC-006", needs=("downstream",))
def test_holds_up_what_is_behind_it(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    What is downstream of a deferred task starts at the instant its trigger fires, and not when it defers.

    If this fails: nothing leads from the task to the next one, or that one's trigger rule does not wait.
    """
    run = simulate(async_wait.dag, for_real(async_wait.task), defer(async_wait.task, seconds=60))

    assert set(run.starts(async_wait.downstream)) == {60}, run.explain(async_wait.downstream)


@case("ASYNC-007", needs=("execution_timeout",))
def test_its_execution_timeout_counts_while_it_is_deferred(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    The time that a task is deferred counts for its `execution_timeout`.

    If this fails: `execution_timeout` is not set on the task, or is longer than its owner thinks.
    """
    run = simulate(async_wait.dag, for_real(async_wait.task), defer(async_wait.task))

    assert run.end == "finished", run.explain(async_wait.task)
    assert run.ends(async_wait.task)[0] == async_wait.execution_timeout, run.explain(async_wait.task)


@case("ASYNC-008", needs=("returns_event", "downstream"))
def test_an_error_of_its_trigger_fails_it(async_wait: AsyncWait, simulate: Simulate) -> None:
    """
    A deferred task whose trigger raises an error fails at that instant, with an error that says so, and what is
    downstream of it does not run.

    If this fails: the trigger rule of what is downstream of the task lets it run after a failure.
    """
    broken = defer(async_wait.task, seconds=60, event=RuntimeError("no connection"))
    run = simulate(async_wait.dag, for_real(async_wait.task), broken)

    assert run.state_of(async_wait.task) == "failed", run.explain(async_wait.task)
    assert run.ends(async_wait.task)[0] == 60, run.explain(async_wait.task)
    assert "Trigger failure" in run.error(async_wait.task), run.explain(async_wait.task)
    assert run.state_of(async_wait.downstream) == "upstream_failed", run.explain(async_wait.downstream)
