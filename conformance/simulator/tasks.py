"""What the tasks of a DAG are to each other, and to Airflow, by what the DAG says."""

from __future__ import annotations

from typing import Any

from conformance.simulator.scenario import Word

ISOLATED = {"PythonVirtualenvOperator", "ExternalPythonOperator"}
"""Operators that run code in a Python of its own, by the name of their class."""


def idle_tasks(dag: Any, words: tuple[Word, ...]) -> list[str]:
    """The ids of the tasks of which nothing is said, and whose success says no more than that they succeeded."""
    spoken = {word.task for word in words} | mapped_over(dag)
    return [task.task_id for task in dag.tasks if task.task_id not in spoken and not _chooses(task)]


def _chooses(task: Any) -> bool:
    """Whether a task skips others, which its class tells: by name, because that moved several times."""
    return any(base.__name__ == "SkipMixin" for base in operator_of(task).__mro__)


def operator_of(task: Any) -> Any:
    """The class of a task; a mapped one knows the class it stands for."""
    return type(task) if hasattr(task, "execute") else task.operator_class


def mapped_over(dag: Any) -> set[str]:
    """
    The ids of the tasks whose results a task or a task group is mapped over.

    Asked of those who map, because each task that is asked who maps over it looks at all the others.
    """
    mapping = [task for task in dag.tasks if not hasattr(task, "execute")]
    groups = [group for task in dag.tasks for group in task.iter_mapped_task_groups()]
    return {task.task_id for node in (*mapping, *groups) for task in node.iter_mapped_dependencies()}
