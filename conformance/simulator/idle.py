"""Which tasks of a DAG have nothing to say to others but that they succeeded."""

from __future__ import annotations

from typing import Any

from conformance.simulator.scenario import Word


def idle_tasks(dag: Any, words: tuple[Word, ...]) -> list[str]:
    """The ids of the tasks of which nothing is said, and whose success says no more than that they succeeded."""
    spoken = {word.task for word in words} | mapped_over(dag)
    return [task.task_id for task in dag.tasks if task.task_id not in spoken and not _chooses(task)]


def _chooses(task: Any) -> bool:
    """Whether a task skips others, which its class tells: by name, because that moved several times."""
    operator = type(task) if hasattr(task, "execute") else task.operator_class
    return any(base.__name__ == "SkipMixin" for base in operator.__mro__)


def mapped_over(dag: Any) -> set[str]:
    """The ids of the tasks whose results a task or a task group is mapped over."""
    return {task.task_id for task in dag.tasks if any(True for _ in task.iter_mapped_dependants())}
