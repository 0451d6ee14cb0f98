"""
Single task: a DAG of one task.

Reference DAG: dags/single_task.py
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.simulator import Simulate, fail, succeed


@dataclass(frozen=True, kw_only=True, repr=False)
class SingleTask(Claim):
    """A DAG of one task."""

    pattern = "single-task"
    roles = ("task",)

    task: str
    """The one task of the DAG."""


@case("SINGLE-001")
def test_is_the_whole_run(single_task: SingleTask, simulate: Simulate) -> None:
    """
    The run consists of its one task, and succeeds when the task does.

    If this fails: the DAG has other tasks, or its one task cannot run.
    """
    run = simulate(single_task.dag)

    assert run.task_ids == [single_task.task], run.explain()
    assert run.state_of(single_task.task) == "success", run.explain(single_task.task)
    assert run.state == "success", run.explain()


@case("SINGLE-002")
def test_its_failure_fails_the_run(single_task: SingleTask, simulate: Simulate) -> None:
    """
    The run fails when its task fails.

    If this fails: the task does not count for the run's state, as a teardown does not.
    """
    run = simulate(single_task.dag, fail(single_task.task))

    assert run.state_of(single_task.task) == "failed", run.explain(single_task.task)
    assert run.state == "failed", run.explain()


@case("SINGLE-003")
def test_returns_an_xcom(single_task: SingleTask, simulate: Simulate) -> None:
    """
    What the task returns is its XCom `return_value`.

    If this fails: `do_xcom_push` is off.
    """
    run = simulate(single_task.dag, succeed(single_task.task, {"rows": 3}))

    for task, map_index in run.instances(single_task.task):
        assert run.xcom(task, map_index=map_index) == {"rows": 3}, run.explain(task)


@case("SINGLE-004")
def test_is_tried_once(single_task: SingleTask, simulate: Simulate) -> None:
    """
    A task without retries is tried once.

    If this fails: `retries` is set, on the task, in `default_args` or as `default_task_retries`.
    """
    run = simulate(single_task.dag, fail(single_task.task))

    assert run.tries(single_task.task) == 1, run.explain(single_task.task)
