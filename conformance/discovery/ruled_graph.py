"""A DAG as discovery reads it: what its trigger rules say of failures, as far as its structure shows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from conformance.folder.graph import Graph, reached
from conformance.folder.summary import DagSummary, TaskSummary

STOPPED = frozenset(("all_success", "none_failed", "none_failed_min_one_success"))
"""The rules with which a failure directly upstream of a task stops it."""

WHATEVER_HAPPENS = frozenset(("all_done", "always"))
"""The rules with which a task runs however those upstream of it ended."""

RUNS = STOPPED | WHATEVER_HAPPENS | {"one_success", "one_done", "none_skipped", "all_done_setup_success"}
"""The rules with which a task runs if those upstream of it succeeded."""


class RuledGraph(Graph):
    """The tasks of a DAG by id, with their trigger rules."""

    def __init__(self, dag: DagSummary) -> None:
        super().__init__({task.task_id: task.upstream for task in dag.tasks})
        self.dag = dag
        self.tasks = dag.by_id

    def __getitem__(self, task: str) -> TaskSummary:
        return self.tasks[task]

    @cached_property
    def reached(self) -> set[str]:
        """The tasks that run when everything succeeds, as far as rules and mappings tell."""
        found: set[str] = set()
        while more := {t.task_id for t in self.dag.tasks if self._runs_after(t, found)} - found:
            found |= more
        return found

    def plays(self, task: str, seconds: float = 0) -> bool:
        """Whether a task, neither setup nor teardown, can be made to fail, and to take so long before it does."""
        found = self[task]
        forgiving = found.waiting and (found.waiting.soft or found.waiting.forgives or found.waiting.silent)
        limit = found.trying.timeout if found.trying else None
        return (
            task in self.reached
            and not (found.idle or found.setup or found.teardown or forgiving)
            and (limit is None or limit > seconds)
        )

    def together(self, tasks: Iterable[str]) -> bool:
        """Whether tasks are side by side outside of any mapping, or in one task group that is mapped over several."""
        found = [self[task] for task in tasks]
        return len({task.mapped_group for task in found}) == 1 and all(
            not task.expanded and (not task.mapped or task.instances > 1) for task in found
        )

    def alike(self, tasks: Iterable[str]) -> bool:
        """Whether tasks are together, or each of them is mapped over several by itself."""
        found = [self[task] for task in tasks]
        return self.together(task.task_id for task in found) or all(
            task.expanded and not task.mapped_group and task.instances > 1 for task in found
        )

    def fails_run(self, task: str) -> bool:
        """Whether the failure of a task reaches the end of the DAG, so that the run fails."""
        return any(self._is_end(stopped) for stopped in self._stopped_by(task))

    def hides(self, task: str) -> bool:
        """Whether the failure of a task comes to nothing, because what runs whatever happened is before the end."""
        stopped = self._stopped_by(task)
        around = {other for one in stopped for other in self.downstream(one)} - stopped
        return not any(map(self._is_end, stopped)) and all(
            self[other].trigger_rule in WHATEVER_HAPPENS or (self[other].teardown and not self[other].strict)
            for other in around
        )

    def _stopped_by(self, task: str) -> frozenset[str]:
        """A task and those that its failure stops."""
        return reached(
            [task], lambda one: (other for other in self.downstream(one) if self[other].trigger_rule in STOPPED)
        )

    def _is_end(self, task: str) -> bool:
        """Whether the state of a task decides that of the run, as that of teardowns does only if asked."""
        if self[task].teardown:
            return self[task].strict
        return all(self[other].teardown and not self[other].strict for other in self.downstream(task))

    def _runs_after(self, task: TaskSummary, before: set[str]) -> bool:
        return (
            task.trigger_rule in RUNS
            and task.operator != "LatestOnlyOperator"  # which looks at the clock
            and task.instances > 0
            and set(task.upstream) <= before
        )
