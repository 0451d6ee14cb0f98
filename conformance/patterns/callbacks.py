"""
Callbacks: who is told what becomes of a task and of a run.

Reference DAG: dags/callbacks.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import BRANCH
from conformance.simulator import Simulate, choose, fail, fail_for_good, skip


@dataclass(frozen=True, kw_only=True, repr=False)
class Callbacks(Claim):
    """Functions of the DAG's are called when something becomes of a task or of the run."""

    pattern = "callbacks"
    roles = ("task", "brancher", "upstream")
    shapes: ClassVar = {"brancher": (BRANCH,)}

    task: str
    """A task with callbacks, without whose success the run does not succeed."""
    on_execute: bool = False
    """Whether it has an `on_execute_callback`."""
    on_skipped: bool = False
    """Whether it has an `on_skipped_callback`, and may skip itself."""
    brancher: str = UNSAID
    """A branch upstream of it that may choose something else, or nothing."""
    upstream: str = UNSAID
    """A task upstream of it without whose success it does not start."""
    dag_failure: bool = False
    """Whether the DAG has an `on_failure_callback`."""
    dag_success: bool = False
    """Whether the DAG has an `on_success_callback`."""


@case("CALLBACK-001", needs=("on_execute",))
def test_each_try_is_told_of_first(callbacks: Callbacks, simulate: Simulate) -> None:
    """
    `on_execute_callback` is called at the start of each try, before any other callback of the task.

    If this fails: the task has no `on_execute_callback`, or it is set in the place of another.
    """
    run = simulate(callbacks.dag, fail(callbacks.task))

    told = run.callbacks(callbacks.task)
    assert told[:1] == ["on_execute_callback"], f"{told}\n{run.explain(callbacks.task)}"
    assert told.count("on_execute_callback") == run.tries(callbacks.task), f"{told}\n{run.explain(callbacks.task)}"


@case("CALLBACK-002", since="2.9", needs=("on_skipped",))
def test_a_task_that_skips_itself_says_so(callbacks: Callbacks, simulate: Simulate) -> None:
    """
    When a task skips itself, its `on_skipped_callback` is called, and none for success or failure.

    If this fails: the task has no `on_skipped_callback`.
    """
    run = simulate(callbacks.dag, skip(callbacks.task))

    told = [name for name in run.callbacks(callbacks.task) if name != "on_execute_callback"]
    assert told == ["on_skipped_callback"], f"{told}\n{run.explain(callbacks.task)}"


@case("CALLBACK-003", needs=("brancher",))
def test_nobody_hears_of_what_a_branch_skips(callbacks: Callbacks, simulate: Simulate) -> None:
    """
    A task that a branch skips calls nobody.

    If this fails: the task runs all the same (its trigger rule lets it), or the branch does not skip it.
    """
    run = simulate(callbacks.dag, choose(callbacks.brancher))

    assert run.callbacks(callbacks.task) == [], run.explain(callbacks.task)


@case("CALLBACK-004", needs=("upstream",))
def test_nobody_hears_of_what_never_started(callbacks: Callbacks, simulate: Simulate) -> None:
    """
    A task that is `upstream_failed` calls nobody: only the task that failed does.

    If this fails: the task starts all the same, because its trigger rule lets it.
    """
    run = simulate(callbacks.dag, fail_for_good(callbacks.upstream))

    assert run.callbacks(callbacks.task) == [], run.explain(callbacks.task)


@case("CALLBACK-005", needs=("dag_failure",))
def test_a_failed_run_is_told_of_once(callbacks: Callbacks, simulate: Simulate) -> None:
    """
    When the run fails, the DAG's `on_failure_callback` is called, once and alone.

    If this fails: the DAG has no `on_failure_callback`, or the run succeeds without this task.
    """
    run = simulate(callbacks.dag, fail_for_good(callbacks.task))

    assert run.callbacks() == ["on_failure_callback"], f"{run.callbacks()}\n{run.explain(callbacks.task)}"


@case("CALLBACK-006", needs=("dag_success",))
def test_a_successful_run_is_told_of_once(callbacks: Callbacks, simulate: Simulate) -> None:
    """
    When the run succeeds, the DAG's `on_success_callback` is called, once and alone.

    If this fails: the DAG has no `on_success_callback`.
    """
    run = simulate(callbacks.dag)

    assert run.callbacks() == ["on_success_callback"], f"{run.callbacks()}\n{run.explain()}"
