"""
Retry: a failed task is tried again.

Reference DAG: dags/retry.py        Seed: outline, part 3
"""

from conformance.case import case
from conformance.claims.roles import Retry
from conformance.simulator import Simulate, fail, fail_for_good, hang


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

    assert set(run.waits(retry.task)) == {retry.delay}, run.explain(retry.task)


@case("RETRY-004", needs=("backoff_from",))
def test_waits_longer_each_time(retry: Retry, simulate: Simulate) -> None:
    """
    With exponential backoff each retry waits longer than the one before it, up to the longest wait.

    If this fails: `retry_exponential_backoff` is off.
    """
    run = simulate(retry.dag, fail(retry.task))

    growing = [wait for wait in run.waits(retry.task) if wait != retry.backoff_cap]
    assert growing == sorted(set(growing)), run.explain(retry.task)


@case("RETRY-005", needs=("backoff_from",))
def test_first_waits_its_delay_at_least(retry: Retry, simulate: Simulate) -> None:
    """
    With exponential backoff the first wait is at least `retry_delay` and less than twice that.

    If this fails: `retry_delay` is not what its owner thinks, or given in another unit.
    """
    run = simulate(retry.dag, fail(retry.task, times=1))

    (wait,) = run.waits(retry.task)
    assert retry.backoff_from <= wait < 2 * retry.backoff_from, run.explain(retry.task)


@case("RETRY-006", needs=("backoff_cap",))
def test_never_waits_longer_than_the_cap(retry: Retry, simulate: Simulate) -> None:
    """
    With exponential backoff no retry waits longer than `max_retry_delay`.

    If this fails: `max_retry_delay` is not set; without it waits double up to a whole day.
    """
    run = simulate(retry.dag, fail(retry.task))

    assert max(run.waits(retry.task)) <= retry.backoff_cap, run.explain(retry.task)


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

    assert recovers.callbacks(retry.task) == ["on_retry_callback", "on_success_callback"], recovers.explain(retry.task)
    expected = ["on_retry_callback"] * retry.retries + ["on_failure_callback"]
    assert fails.callbacks(retry.task) == expected, fails.explain(retry.task)


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


@case("RETRY-010")
def test_runs_once_in_each_try(retry: Retry, simulate: Simulate) -> None:
    """
    A task that fails once runs twice in all: as try 1, and after waiting as `up_for_retry`, as try 2.

    If this fails: the task is mapped, and each of its instances has tries of its own.
    """
    run = simulate(retry.dag, fail(retry.task, times=1))

    assert run.try_numbers(retry.task) == [1, 2], run.explain(retry.task)
    assert run.path(retry.task).count("up_for_retry") == 1, run.explain(retry.task)
