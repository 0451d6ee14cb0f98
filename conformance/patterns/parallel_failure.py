"""
Parallel failure: one of several tasks side by side fails.

Reference DAG: dags/parallel_failure.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import MAPPED, downstream_of, one_of, two_unless
from conformance.simulator import Simulate, fail, fail_for_good, takes


@dataclass(frozen=True, kw_only=True, repr=False)
class ParallelFailure(Claim):
    """Tasks side by side, of which some fail."""

    pattern = "parallel-failure"
    roles = ("siblings", "needs_all", "needs_one", "always", "retried", "each", "collect")
    shapes: ClassVar = {
        "siblings": (two_unless("each", "siblings"),),
        "needs_all": (downstream_of("siblings"),),
        "needs_one": (downstream_of("siblings"),),
        "always": (downstream_of("siblings"),),
        "retried": (one_of("siblings"),),
        "each": (MAPPED,),
        "collect": (downstream_of("each"),),
    }

    siblings: tuple[str, ...]
    """The tasks side by side: none waits for another, and none of them is mapped unless `each` is said."""
    needs_all: str = UNSAID
    """The join downstream of all siblings that needs all of them (`all_success`)."""
    needs_one: str = UNSAID
    """The join downstream of all siblings that needs one of them (`one_success`)."""
    always: str = UNSAID
    """The join downstream of all siblings that runs whatever happened (`all_done`)."""
    stops: bool = False
    """Whether the first failure ends the run (`fail_fast`, before Airflow 3 `fail_stop`)."""
    retried: str = UNSAID
    """With `stops`: a sibling that has a retry at least."""
    each: str = UNSAID
    """A task that is mapped over two items at least, not in a mapped task group."""
    collect: str = UNSAID
    """The task downstream of all instances of `each` that goes on with what those returned that succeeded."""

    @property
    def goes_on(self) -> bool:
        """Whether a failure leaves the siblings alone."""
        return not self.stops


@case("PARALLELF-001", needs=("goes_on",))
def test_siblings_finish(parallel_failure: ParallelFailure, simulate: Simulate) -> None:
    """
    When one task fails, those beside it that still run finish and succeed.

    If this fails: a sibling waits for the task that failed, or `fail_fast` (before Airflow 3 `fail_stop`) ends it.
    """
    first, *others = parallel_failure.siblings
    run = simulate(parallel_failure.dag, fail(first), *[takes(task, minutes=10) for task in others])

    assert run.state_of(first) == "failed", run.explain(first)
    assert [run.state_of(task) for task in others] == ["success"] * len(others), run.explain()
    assert all(run.ends(task) == [run.starts(task)[0] + 600] for task in others), run.explain()


@case("PARALLELF-002", needs=("needs_all", "needs_one", "always"))
def test_the_rule_of_a_join_decides(parallel_failure: ParallelFailure, simulate: Simulate) -> None:
    """
    After one failure a join that needs all tasks is stopped, while joins that need one, or none, of them run.

    If this fails: a join has another trigger rule than its owner thinks; the default needs all.
    """
    run = simulate(parallel_failure.dag, fail(parallel_failure.siblings[0]))

    assert run.state_of(parallel_failure.needs_all) == "upstream_failed", run.explain(parallel_failure.needs_all)
    assert run.state_of(parallel_failure.needs_one) == "success", run.explain(parallel_failure.needs_one)
    assert run.state_of(parallel_failure.always) == "success", run.explain(parallel_failure.always)


@case("PARALLELF-003", needs=("needs_one", "always"))
def test_one_success_is_needed_by_who_needs_one(parallel_failure: ParallelFailure, simulate: Simulate) -> None:
    """
    When all tasks fail, a join that needs one of them is stopped, and one that runs whatever happened still runs.

    If this fails: the join that needs one has a rule such as `one_done` or `all_done`.
    """
    run = simulate(parallel_failure.dag, *map(fail, parallel_failure.siblings))

    assert run.state_of(parallel_failure.needs_one) == "upstream_failed", run.explain(parallel_failure.needs_one)
    assert run.state_of(parallel_failure.always) == "success", run.explain(parallel_failure.always)


@case("PARALLELF-004", needs=("stops",))
def test_fail_fast_ends_the_run(parallel_failure: ParallelFailure, simulate: Simulate) -> None:
    """
    With `fail_fast` (before Airflow 3 `fail_stop`) the first failure ends the tasks that run, and the run, at once.

    If this fails: `fail_fast` is not set, or a teardown is still to run.
    """
    first, *others = parallel_failure.siblings
    hours = [takes(task, hours=1) for task in others]
    run = simulate(parallel_failure.dag, takes(first, minutes=1), fail_for_good(first), *hours)

    assert [run.state_of(task) for task in others] == ["failed"] * len(others), run.explain()
    assert run.state == "failed", run.explain()
    assert run.seconds == run.ends(first)[-1], run.explain()


@case("PARALLELF-005", needs=("stops", "retried"))
def test_fail_fast_waits_for_retries(parallel_failure: ParallelFailure, simulate: Simulate) -> None:
    """
    With `fail_fast` (before Airflow 3 `fail_stop`) a failure that a retry follows ends nothing.

    If this fails: the task has no retries.
    """
    run = simulate(parallel_failure.dag, fail(parallel_failure.retried, times=1))

    assert run.state == "success", run.explain(parallel_failure.retried)


@case("PARALLELF-006", needs=("each", "collect"))
def test_what_succeeded_is_not_lost(parallel_failure: ParallelFailure, simulate: Simulate) -> None:
    """
    When one instance of a mapped task fails, the others succeed, and a task with rule `all_done` goes on with those.

    If this fails: what collects has the default rule, which one failed instance stops.
    """
    each, collect = parallel_failure.each, parallel_failure.collect
    run = simulate(parallel_failure.dag, fail(each, map_index=0))

    first, *others = [run.state_of(task, index) for task, index in run.instances(each)]
    assert first == "failed", run.explain(each)
    assert set(others) == {"success"}, run.explain(each)
    assert run.state_of(collect) == "success", run.explain(collect)
