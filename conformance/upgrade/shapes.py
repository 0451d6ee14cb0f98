"""
The shapes of DAGs that known deviations are about, by the names that `fixtures/deviations.toml` gives them.

A shape is what a DAG has for a deviation to change what happens in it, whether or not anybody claims a pattern of it:
each says of one task whether it is that.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.deviations import Fact
from conformance.folder.summary import DagSummary, TaskSummary
from conformance.truth.rules import Line, rules

Shape = Callable[[TaskSummary, DagSummary], bool]

CHOICES = ("branch", "short-circuit")
FIRST_ANSWER = ("one_success", "one_failed", "one_done")
WAIT_FOR_NOBODY = ("always", "dummy")
"""The rules of tasks that wait for nobody."""


def tasks(name: str, dag: DagSummary) -> list[str]:
    """The tasks of a DAG that are of a shape, in the DAG's order."""
    return [task.task_id for task in dag.tasks if SHAPES[name](task, dag)]


def joins(fact: Fact, dag: DagSummary) -> list[str]:
    """The tasks of a DAG for which a fact about trigger rules decides whether they run."""
    return [task.task_id for task in dag.tasks if any(_speaks_of(line, task, dag) for line in _lines(fact, task))]


def _lines(fact: Fact, task: TaskSummary) -> list[Line]:
    rule = rules().get(task.trigger_rule)
    return [line for line in rule.decides if line.fact == fact] if rule else []


def _speaks_of(line: Line, task: TaskSummary, dag: DagSummary) -> bool:
    kind = (
        "grouped" if _waits_in_mapped_group(task, dag) else "instance" if task.expanded or task.mapped else "unmapped"
    )
    return bool(task.upstream) and line.is_about(kind) and ("removed" not in line.states or _can_shrink(task, dag))


def _can_shrink(task: TaskSummary, dag: DagSummary) -> bool:
    """Whether there may be fewer instances of something directly before a task when it is cleared and run again."""
    return any(before.over_result or _is_over_result(before, dag) for before in _before(task, dag))


def _is_over_result(task: TaskSummary, dag: DagSummary) -> bool:
    return task.expanded and any(before.feeds_mapping for before in _before(task, dag))


def _before(task: TaskSummary, dag: DagSummary) -> list[TaskSummary]:
    return [dag.by_id[before] for before in task.upstream]


def _is_before_any(task: TaskSummary, dag: DagSummary) -> bool:
    return bool(dag.graph.downstream(task.task_id))


def _waits_in_mapped_group(task: TaskSummary, dag: DagSummary) -> bool:
    return bool(task.mapped_group) and any(before.mapped_group == task.mapped_group for before in _before(task, dag))


def _mapped_behind(kind: str) -> Shape:
    return lambda task, dag: task.expanded and any(before.kind == kind for before in _before(task, dag))


def _has_rule_over_result(rule: str) -> Shape:
    return lambda task, dag: task.trigger_rule == rule and task.over_result and _waits_in_mapped_group(task, dag)


def _chooses_in_mapped_group(task: TaskSummary, dag: DagSummary) -> bool:
    return task.kind in CHOICES and bool(task.mapped_group) and _is_before_any(task, dag)


def _work_is_indirect(task: TaskSummary, dag: DagSummary) -> bool:
    """Whether a teardown has work before it, between it and one of its setups, that is not directly before it."""
    setups = {before.task_id for before in _before(task, dag) if before.setup}
    return task.teardown and any(
        other.task_id not in task.upstream and not (other.setup or other.teardown) and other.task_id in between
        for between in [dag.graph.all_upstream(task.task_id)]
        for other in dag.tasks
        if setups & dag.graph.all_upstream(other.task_id)
    )


def _reschedules(task: TaskSummary) -> bool:
    return task.waiting is not None and task.waiting.mode == "reschedule" and not task.deferrable


def _has_timeout(task: TaskSummary) -> bool:
    return task.trying is not None and task.trying.timeout is not None


SHAPES: dict[str, Shape] = {
    "mapped task downstream of a branch": _mapped_behind("branch"),
    "mapped task downstream of a short circuit": _mapped_behind("short-circuit"),
    "choice in a mapped group": _chooses_in_mapped_group,
    "choice in a group over a result": lambda task, dag: task.over_result and _chooses_in_mapped_group(task, dag),
    "short circuit in a mapped group": lambda task, dag: (
        task.kind == "short-circuit" and _chooses_in_mapped_group(task, dag)
    ),
    "hard short circuit in a mapped group": lambda task, dag: task.hard and _chooses_in_mapped_group(task, dag),
    "rule in a mapped group": lambda task, dag: (
        task.trigger_rule not in WAIT_FOR_NOBODY and _waits_in_mapped_group(task, dag)
    ),
    "first-answer rule in a mapped group": lambda task, dag: (
        task.trigger_rule in FIRST_ANSWER and _waits_in_mapped_group(task, dag)
    ),
    "one_failed in a group over a result": _has_rule_over_result("one_failed"),
    "none_failed_min_one_success in a group over a result": _has_rule_over_result("none_failed_min_one_success"),
    "teardown downstream of indirect work": _work_is_indirect,
    "deferrable sensor with retries": lambda task, _: task.kind == "sensor" and task.deferrable and task.retries > 0,
    "deferrable sensor with soft_fail": lambda task, _: bool(task.deferrable and task.waiting and task.waiting.soft),
    "sensor with soft_fail": lambda task, _: bool(not task.deferrable and task.waiting and task.waiting.soft),
    "rescheduled sensor with retries": lambda task, _: _reschedules(task) and task.retries > 0,
    "rescheduled sensor with exponential_backoff": lambda task, _: bool(
        _reschedules(task) and task.waiting and task.waiting.grows
    ),
    "deferrable task with execution_timeout": lambda task, _: task.deferrable and _has_timeout(task),
    "deferrable task with retries": lambda task, _: task.deferrable and task.retries > 0,
    "mapped task with retries": lambda task, _: task.mapped and task.retries > 0 and not task.idle,
    "LatestOnlyOperator in runs about instants": lambda task, dag: (
        task.operator == "LatestOnlyOperator" and dag.schedule is not None and "Trigger" in dag.schedule.timetable
    ),
    "task in a DAG with dagrun_timeout": lambda task, dag: dag.run_timeout is not None and _is_before_any(task, dag),
}
"""By name. A task that more than one kind of deviation is about has several."""
