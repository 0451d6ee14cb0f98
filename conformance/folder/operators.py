"""The operators of a DAG: which class each task is of, and whose results others are mapped over."""

from __future__ import annotations

from typing import Any

from conformance.seam.api import Dag

ISOLATED = {"PythonVirtualenvOperator", "ExternalPythonOperator"}
"""Operators that run code in a Python of its own, by the name of their class."""


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
