"""What can be claimed of a DAG as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from conformance.claims.roles.base import Claim
from conformance.sandbox.summary import DagSummary, TaskSummary


@dataclass(frozen=True, kw_only=True, repr=False)
class Rehearsal(Claim):
    """A DAG that is to live through what may happen. Which task plays which role is seen in the DAG itself."""

    pattern = "rehearsal"
    roles = ()

    summary: DagSummary | None = field(default=None, metadata={"said": False})

    def seen_in(self, dags: dict[str, DagSummary]) -> Rehearsal:
        """The same claim, with what was found of its DAG."""
        return replace(self, summary=dags.get(self.dag))

    @property
    def _tasks(self) -> tuple[TaskSummary, ...]:
        return self.summary.tasks if self.summary else ()

    @property
    def tasks(self) -> tuple[str, ...]:
        """Whether there are tasks: all but the teardowns, whose failure does not count unless it is asked for."""
        return tuple(task.task_id for task in self._tasks if not task.teardown)

    @property
    def branches(self) -> tuple[tuple[str, str], ...]:
        """Whether there are branches: each with every task directly behind it, its choices."""
        branches = self._of_kind("branch")
        return tuple((branch, task.task_id) for branch in branches for task in self._tasks if branch in task.upstream)

    @property
    def short_circuits(self) -> tuple[str, ...]:
        """Whether there are short circuits."""
        return self._of_kind("short-circuit")

    @property
    def sensors(self) -> tuple[str, ...]:
        """Whether there are sensors."""
        return self._of_kind("sensor")

    @property
    def retried(self) -> tuple[str, ...]:
        """Whether there are tasks with retries."""
        return tuple(task.task_id for task in self._tasks if task.retries)

    @property
    def feeding(self) -> tuple[str, ...]:
        """Whether there are tasks whose results are mapped over."""
        return tuple(task.task_id for task in self._tasks if task.feeds_mapping)

    def behind(self, task: str) -> frozenset[str]:
        """Every task that can be reached from a task, itself included."""
        found = {task}
        while more := {other.task_id for other in self._tasks if found & set(other.upstream)} - found:
            found |= more
        return frozenset(found)

    def _of_kind(self, kind: str) -> tuple[str, ...]:
        return tuple(task.task_id for task in self._tasks if task.kind == kind)
