"""Which tasks of a DAG are upstream and downstream of which, as far as the DAG itself says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


class Graph:
    """
    The tasks of a DAG by their ids, in the order in which the DAG defines them.

    It is made of the ids of the tasks directly upstream of each task.
    """

    def __init__(self, upstream: Mapping[str, tuple[str, ...]]) -> None:
        self._upstream = upstream
        self._downstream: dict[str, list[str]] = {task: [] for task in upstream}
        for task, before in upstream.items():
            for one in before:
                self._downstream[one].append(task)

    def upstream(self, task: str) -> tuple[str, ...]:
        """Return the tasks directly upstream of a task."""
        return self._upstream[task]

    def downstream(self, task: str) -> tuple[str, ...]:
        """Return the tasks directly downstream of a task."""
        return tuple(self._downstream[task])

    def all_upstream(self, task: str) -> frozenset[str]:
        """Return every task that leads to a task."""
        return reached(self.upstream(task), self.upstream)

    def all_downstream(self, task: str) -> frozenset[str]:
        """Return every task that a task leads to."""
        return reached(self.downstream(task), self.downstream)


def reached(tasks: Iterable[str], step: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """Return some tasks and all that are reached from them, step by step."""
    found: set[str] = set()
    new = set(tasks)
    while new:
        found |= new
        new = {other for one in new for other in step(one)} - found
    return frozenset(found)
