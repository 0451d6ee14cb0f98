"""The operators of a DAG: which class each task is of, and whose results others are mapped over."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from conformance.seam.api import Dag

ISOLATED = {"PythonVirtualenvOperator", "ExternalPythonOperator"}
"""Operators that run code in a Python of its own, by the name of their class."""


_NO_CHOICE = {"LatestOnlyOperator", "HITLOperator", "ShortCircuitOperator"}
"""Operators that skip and let no code choose: the clock does, or a person whose answer they wait for."""


def lets_code_choose(bases: Collection[str]) -> bool:
    """Whether an operator is a branch, from the names of its classes; `BranchSQLOperator` has no base that is one."""
    skips = "SkipMixin" in bases and any("Branch" in name for name in bases)
    return skips and _NO_CHOICE.isdisjoint(bases)


def operator_of(task: Any) -> Any:
    """The class of a task; a mapped one knows the class it stands for."""
    return type(task) if hasattr(task, "execute") else task.operator_class


def mapped_over(dag: Dag) -> dict[str, list[Any]]:
    """
    The tasks and task groups that are mapped over the result of a task, by the id of that task.

    Asked of those who map, because each task that is asked who maps over it looks at all the others.
    """
    mapping = [task for task in dag.tasks if not hasattr(task, "execute")]
    groups = [group for task in dag.tasks for group in task.iter_mapped_task_groups()]
    found: dict[str, list[Any]] = {}
    for node in (*mapping, *groups):
        for task in node.iter_mapped_dependencies():
            found.setdefault(task.task_id, []).append(node)
    return found
