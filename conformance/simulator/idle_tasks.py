"""Which tasks of a DAG a simulated run can do without."""

from __future__ import annotations

from typing import Any

from conformance.folder.operators import mapped_over, operator_of
from conformance.seam.api import Dag
from conformance.simulator.scenario import Word


def idle_tasks(dag: Dag, words: tuple[Word, ...]) -> list[str]:
    """The ids of the tasks of which nothing is said, and whose success says no more than that they succeeded."""
    spoken = {word.task for word in words} | mapped_over(dag).keys()
    return [task.task_id for task in dag.tasks if task.task_id not in spoken and not _chooses(task)]


def _chooses(task: Any) -> bool:
    """Whether a task skips others, which its class tells: by name, because that moved several times."""
    return any(base.__name__ == "SkipMixin" for base in operator_of(task).__mro__)
