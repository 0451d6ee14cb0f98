"""
Retry: a failed task is tried again.

Reference DAG: dags/retry.py
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import POKING, SENSOR, if_said
from conformance.simulator import Simulate, SimulatedRun, defer, fail, fail_for_good, hang, never, skip


@dataclass(frozen=True, kw_only=True, repr=False)
class Retry(Claim):
    """One task that is tried again when it fails."""

    pattern = "retry"
    roles = ("task",)
    shapes: ClassVar = {"task": (if_said("reschedules", SENSOR), if_said("reschedules", POKING))}

    task: str
    """The task that is retried."""
    retries: int
    """How many times, after the first try."""
    delay: float = UNSAID
    """The constant wait before each retry."""
    backoff_from: float = UNSAID
    """With exponential backoff: the shortest first wait."""
    backoff_cap: float = UNSAID
    """With exponential backoff: the longest wait."""
    backoff_factor: float = UNSAID
    """With exponential backoff: how many times longer each wait is than the one before it; 2 unless said otherwise."""
    timeout: float = UNSAID
    """How long one try may take (`execution_timeout`)."""
    notifies: bool = False
    """Whether the task has callbacks for retry, failure and success."""
    mapped: bool = False
    """Whether the task, or a task group around it, is mapped over two items at least."""
    defers: bool = False
    """Whether the task is of an operator that defers."""
    reschedules: bool = False
    """Whether the task is a sensor in mode `reschedule`, with time for three pokes before it times out."""

    @property
    def single(self) -> bool:
        """Whether there is one instance of the task."""
        return not self.mapped


def waits(retry: Retry, run: SimulatedRun) -> list[float]:
    """How long the task waited before each retry. What is never retried waits in no way, right or wrong."""
    found = run.waits(retry.task)
    assert found, f"{retry.task} is never tried again\n{run.explain(retry.task)}"
    return found


@case("RETRY-001")
def test_recovers_from_a_failure(retry: Retry, simulate: Simulate) -> None:
    """
    A task that fails once succeeds when it is tried again, and so does its run.

    If this fails: the run is over before the retry is due, because `dagrun_timeout` is shorter than the wait.
    """
    run = simulate(retry.dag, fail(retry.task, times=1), depth="scheduler")

    assert run.state_of(retry.task) == "success", run.explain(retry.task)
    assert run.state == "success", run.explain(retry.task)


@case("RETRY-002")
def test_gives_up_after_its_last_retry(retry: Retry, simulate: Simulate) -> None:
    """
    A task that always fails is tried once and then once for each retry, and then it has failed.

    If this fails: `retries` is not what its owner thinks; a value on the task wins over `default_args`.
    """
    run = simulate(retry.dag, fail(retry.task))

    assert run.tries(retry.task) == 1 + retry.retries, run.explain(retry.task)
    assert run.state_of(retry.task) == "failed", run.explain(retry.task)
    assert run.state == "failed", run.explain(retry.task)


@case("RETRY-003", needs=("delay",))
def test_waits_its_delay(retry: Retry, simulate: Simulate) -> None:
    """
    Each retry starts `retry_delay` after the failure before it.

    If this fails: `retry_delay` is not set (the default is 5 minutes) or given in another unit, or the wait grows.
    """
    run = simulate(retry.dag, fail(retry.task))

    assert set(waits(retry, run)) == {retry.delay}, run.explain(retry.task)


@case("RETRY-004", needs=("backoff_from",))
def test_waits_longer_each_time(retry: Retry, simulate: Simulate) -> None:
    """
    With exponential backoff each retry waits longer than the one before it, up to the longest wait.

    If this fails: `retry_exponential_backoff` is off.
    """
    run = simulate(retry.dag, fail(retry.task))

    growing = [wait for wait in waits(retry, run) if wait != retry.backoff_cap]
    assert growing == sorted(set(growing)), run.explain(retry.task)


@case("RETRY-005", needs=("backoff_from",))
def test_first_waits_its_delay_at_least(retry: Retry, simulate: Simulate) -> None:
    """
    With exponential backoff the first wait is at least `retry_delay` and less than twice that.

    If this fails: `retry_delay` is not what its owner thinks, or given in another unit.
    """
    run = simulate(retry.dag, fail(retry.task, times=1))

    (wait,) = waits(retry, run)
    assert retry.backoff_from <= wait < 2 * retry.backoff_from, run.explain(retry.task)


@case("RETRY-006", needs=("backoff_cap",))
def test_never_waits_longer_than_the_cap(retry: Retry, simulate: Simulate) -> None:
    """
    With exponential backoff no retry waits longer than `max_retry_delay`.

    If this fails: `max_retry_delay` is not set; without it waits double up to a whole day.
    """
    run = simulate(retry.dag, fail(retry.task))

    assert max(waits(retry, run)) <= retry.backoff_cap, run.explain(retry.task)


@case("RETRY-007")
def test_a_failure_for_good_is_not_retried(retry: Retry, simulate: Simulate) -> None:
    """
    A task that raises `AirflowFailException` has failed at once, whatever its retries.

    If this fails: the operator catches the exception and raises another one.
    """
    run = simulate(retry.dag, fail_for_good(retry.task))

    assert run.state_of(retry.task) == "failed", run.explain(retry.task)
    assert run.tries(retry.task) == 1, run.explain(retry.task)


@case("RETRY-008", needs=("notifies",))
def test_calls_back_at_each_step(retry: Retry, simulate: Simulate) -> None:
    """
    `on_retry_callback` is called after each failure that a retry follows, `on_failure_callback` only after the
    last, `on_success_callback` after a success.

    If this fails: a callback is missing or set in the place of another.
    """
    recovers = simulate(retry.dag, fail(retry.task, times=1))
    fails = simulate(retry.dag, fail(retry.task))

    for task, index in fails.instances(retry.task):
        assert recovers.callbacks(task, index) == ["on_retry_callback", "on_success_callback"], recovers.explain(task)
        expected = ["on_retry_callback"] * retry.retries + ["on_failure_callback"]
        assert fails.callbacks(task, index) == expected, fails.explain(task)


@case("RETRY-009", needs=("timeout",))
def test_a_try_that_hangs_is_ended_and_retried(retry: Retry, simulate: Simulate) -> None:
    """
    A try that hangs is ended at `execution_timeout`, to the second, and the task is tried again.

    If this fails: `execution_timeout` is not set: nothing else ever ends a task that hangs.
    """
    run = simulate(retry.dag, hang(retry.task))

    lengths = {round(end - start, 3) for start, end in zip(run.starts(retry.task), run.ends(retry.task), strict=True)}
    assert run.end == "finished", run.explain(retry.task)
    assert lengths == {retry.timeout}, run.explain(retry.task)
    assert run.tries(retry.task) == 1 + retry.retries, run.explain(retry.task)


@case("RETRY-010", needs=("single",))
def test_runs_once_in_each_try(retry: Retry, simulate: Simulate) -> None:
    """
    A task that fails once runs twice in all: as try 1, and after waiting as `up_for_retry`, as try 2.

    If this fails: the task is mapped, and each of its instances has tries of its own.
    """
    run = simulate(retry.dag, fail(retry.task, times=1))

    assert run.try_numbers(retry.task) == [1, 2], run.explain(retry.task)
    assert run.path(retry.task).count("up_for_retry") == 1, run.explain(retry.task)


@case("RETRY-011", needs=("backoff_from", "backoff_factor"))
def test_waits_grow_by_their_factor(retry: Retry, simulate: Simulate) -> None:
    """
    With exponential backoff the bounds of the wait grow by a factor with each retry, until `max_retry_delay` cuts them.

    If this fails: `max_retry_delay` is shorter than its owner thinks, or the waits grow by another factor.
    """
    run = simulate(retry.dag, fail(retry.task))

    for earlier, wait in enumerate(waits(retry, run)):
        least = retry.backoff_from * retry.backoff_factor**earlier
        longest = retry.backoff_cap or inf
        assert min(least, longest) <= wait <= min(2 * least, longest), run.explain(retry.task)


@case("RETRY-012")
def test_a_skip_is_not_retried(retry: Retry, simulate: Simulate) -> None:
    """
    A task that raises `AirflowSkipException` is skipped at once, whatever its retries.

    If this fails: the operator catches the exception and raises another one.
    """
    run = simulate(retry.dag, skip(retry.task))

    assert run.state_of(retry.task) == "skipped", run.explain(retry.task)
    assert run.tries(retry.task) == 1, run.explain(retry.task)


@case("RETRY-013", needs=("defers",))
def test_a_deferral_is_part_of_its_try(retry: Retry, simulate: Simulate) -> None:
    """
    A task that defers and fails after its event is tried again and defers anew; a deferral is no try of its own.

    If this fails: the run is over before the second event comes, because `dagrun_timeout` is shorter than both waits.
    """
    wait = (retry.timeout or 3600) / 2
    run = simulate(retry.dag, defer(retry.task, seconds=wait), fail(retry.task, times=1), depth="scheduler")

    lengths = {round(end - start, 3) for start, end in zip(run.starts(retry.task), run.ends(retry.task), strict=True)}
    assert run.try_numbers(retry.task) == [1, 2], run.explain(retry.task)
    assert lengths == {wait}, run.explain(retry.task)
    assert run.state_of(retry.task) == "success", run.explain(retry.task)


@case("RETRY-014", needs=("defers", "timeout"))
def test_the_timeout_counts_while_deferred(retry: Retry, simulate: Simulate) -> None:
    """
    A try that is deferred and whose event never comes is ended at `execution_timeout`, and the task is tried again.

    If this fails: the run is over before all tries are, because of `dagrun_timeout`.
    """
    run = simulate(retry.dag, defer(retry.task), depth="scheduler")

    lengths = {round(end - start, 3) for start, end in zip(run.starts(retry.task), run.ends(retry.task), strict=True)}
    assert lengths == {retry.timeout}, run.explain(retry.task)
    assert run.tries(retry.task) == 1 + retry.retries, run.explain(retry.task)


@case("RETRY-015", needs=("reschedules",))
def test_a_look_is_no_try(retry: Retry, simulate: Simulate) -> None:
    """
    A sensor in mode `reschedule` pokes many times in one try, and only an error while poking uses up a try.

    If this fails: the sensor's mode is `poke`; or its timeout leaves no time for three pokes.
    """
    run = simulate(retry.dag, never(retry.task), fail(retry.task, times=1, pokes=[3]))

    assert "up_for_retry" in run.path(retry.task), run.explain(retry.task)
    first_try = run.path(retry.task)[: run.path(retry.task).index("up_for_retry")]
    assert first_try.count("up_for_reschedule") == 2, run.explain(retry.task)
    assert run.try_numbers(retry.task) == [1, 2], run.explain(retry.task)


@case("RETRY-016", needs=("mapped",))
def test_each_instance_is_tried_alone(retry: Retry, simulate: Simulate) -> None:
    """
    When one instance of a mapped task fails, it alone is tried again, and not the instances beside it.

    If this fails: a loop inside of one task does the work of all instances.
    """
    run = simulate(retry.dag, fail(retry.task, times=1, map_index=0))

    tries = [run.tries(task, index) for task, index in run.instances(retry.task)]
    assert tries == [2] + [1] * (len(tries) - 1), run.explain(retry.task)
    assert len(tries) > 1, run.explain(retry.task)
