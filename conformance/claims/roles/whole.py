"""What holds for every DAG as a whole, without anybody claiming it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from conformance.claims.roles.base import Claim
from conformance.sandbox.summary import DagSummary, TaskSummary

RARELY = 60.0
"""A sensor that looks less often than every so many seconds looks rarely: Airflow advises `reschedule` for it."""

MOST_TASKS = 200
"""
Of a DAG with more tasks nothing is tried task by task. There would be as many runs to simulate as it has tasks, each of
up to as many steps, and in each step Airflow looks at every task: 200 tasks, one after the other, take up to an hour,
2,000 more than a month.
"""


@dataclass(frozen=True, kw_only=True, repr=False)
class WholeDag(Claim):
    """What is seen in the DAG itself."""

    is_claimed = False

    summary: DagSummary | None = field(default=None, metadata={"said": False})
    """What was found of the DAG."""

    @property
    def _tasks(self) -> tuple[TaskSummary, ...]:
        return self.summary.tasks if self.summary else ()


@dataclass(frozen=True, kw_only=True, repr=False)
class OwnCode(WholeDag):
    """Any DAG at all, when its tasks run their own code."""

    pattern = "own-code"
    roles = ()
    asked_for = "--execute"

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task."""
        return tuple(task.task_id for task in self._tasks)


@dataclass(frozen=True, kw_only=True, repr=False)
class AnyDag(WholeDag):
    """Any DAG at all, or one of its tasks. Which task plays which role is seen in the DAG itself."""

    pattern = "any-dag"
    roles = ("task",)

    task: str = ""
    """The task that a case is about that is about each of some tasks."""

    def each(self, role: str) -> list[AnyDag]:
        """The same for each task of a role; of a DAG that is too large for that, itself."""
        tasks = getattr(self, role)
        return [self] if tasks and self.too_large else [replace(self, task=task) for task in tasks]

    @property
    def too_large(self) -> str:
        """Why nothing is tried of this DAG task by task; empty if it is."""
        tried = (
            f"what is tried task by task is tried of DAGs of at most {MOST_TASKS} tasks (tolerate that, or split it)"
        )
        return f"DAG '{self.dag}' has {self.size:,} tasks; {tried}" if self.size > MOST_TASKS else ""

    @property
    def size(self) -> int:
        """How many tasks the DAG has."""
        return len(self._tasks)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task but the teardowns, whose failure does not count unless it is asked for."""
        return self._ids(lambda task: not task.teardown)

    @property
    def branches(self) -> tuple[str, ...]:
        """Every branch that has something to choose from."""
        return tuple(task for task in self._ids(lambda task: task.kind == "branch") if self.behind(task))

    @property
    def short_circuits(self) -> tuple[str, ...]:
        """Every short circuit."""
        return self._ids(lambda task: task.kind == "short-circuit")

    @property
    def sensors(self) -> tuple[str, ...]:
        """Every sensor."""
        return self._ids(lambda task: task.kind == "sensor")

    @property
    def rare_sensors(self) -> tuple[str, ...]:
        """Every sensor that looks less often than once a minute."""
        return self._ids(
            lambda task: not task.deferrable and task.waiting is not None and task.waiting.interval > RARELY
        )

    @property
    def raising(self) -> tuple[str, ...]:
        """Every task whose function always raises: a watcher."""
        return self._ids(lambda task: task.raises)

    @property
    def tied(self) -> tuple[str, ...]:
        """Whether a task waits for what became of it in the run before: nothing else ties one run to another."""
        return self._ids(lambda task: task.depends_on_past)

    @property
    def queues(self) -> tuple[str, ...]:
        """Where its tasks wait for slots that other runs may occupy, in words."""
        pools = (f"'{task.task_id}' in pool '{task.pool}'" for task in self._tasks if task.pool)
        limits = ((task.task_id, task.most_at_once) for task in self._tasks if task.most_at_once)
        return (*pools, *(f"'{task_id}' for one of {most} (max_active_tis_per_dag)" for task_id, most in limits))

    @property
    def retried(self) -> tuple[str, ...]:
        """Every task with retries."""
        return self._ids(lambda task: task.retries > 0)

    @property
    def feeding(self) -> tuple[str, ...]:
        """Every task whose result is mapped over."""
        return self._ids(lambda task: task.feeds_mapping)

    @property
    def mapped(self) -> tuple[str, ...]:
        """Every mapped task, and every task in a mapped group, but the teardowns."""
        return self._ids(lambda task: task.mapped and not task.teardown)

    @property
    def teardowns(self) -> tuple[str, ...]:
        """Every teardown."""
        return self._ids(lambda task: task.teardown)

    @property
    def worked_between(self) -> tuple[str, ...]:
        """The tasks that are behind a setup of the teardown `task` and before it."""
        setups = self._ids(lambda task: task.setup and self.task in self.behind(task.task_id))
        after = {task for setup in setups for task in self.after(setup)}
        return self._ids(lambda task: task.task_id in after - {self.task} and self._is_before(task))

    def _is_before(self, task: TaskSummary) -> bool:
        """Whether a task that does work is before the teardown `task`."""
        return not (task.setup or task.teardown) and self.task in self.after(task.task_id)

    @property
    def timeout(self) -> float:
        """How long the sensor `task` waits, in seconds; 0 if each of its instances says so for itself."""
        return next(task.waiting.timeout if task.waiting else 0.0 for task in self._tasks if task.task_id == self.task)

    @property
    def first(self) -> tuple[str, ...]:
        """The tasks that wait for no other."""
        return self._ids(lambda task: not task.upstream)

    def behind(self, task: str) -> tuple[str, ...]:
        """The tasks directly behind a task."""
        return self._ids(lambda other: task in other.upstream)

    def after(self, task: str) -> frozenset[str]:
        """Every task that can be reached from a task, itself included."""
        found = {task}
        while more := {other.task_id for other in self._tasks if found & set(other.upstream)} - found:
            found |= more
        return frozenset(found)

    def _ids(self, wanted: Callable[[TaskSummary], bool]) -> tuple[str, ...]:
        return tuple(task.task_id for task in self._tasks if wanted(task))
