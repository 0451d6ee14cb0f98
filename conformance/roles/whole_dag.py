"""What holds for every DAG as a whole, without anybody claiming it."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace

from conformance.folder.summary import DagSummary, TaskSummary
from conformance.roles.claim import Claim
from conformance.roles.removal import removes

RARELY = 60.0
"""A sensor that pokes less often than every so many seconds pokes rarely: Airflow advises `reschedule` for it."""

MOST_PLAYED = 20
"""So many retries are played, where only the task's own policy knows how long Airflow waits before each."""

MOST_TASKS = 200
"""
Of a DAG with more tasks nothing is tried task by task. There would be as many runs to simulate as it has tasks, each of
up to as many steps, and in each step Airflow looks at every task: 200 tasks, one after the other, take up to an hour,
2,000 more than a month.
"""

_BEARS = {
    **dict.fromkeys(("all_success", "none_skipped"), "use none_failed_min_one_success"),
    "none_failed_min_one_success": "use none_failed, which needs no success directly before it",
}
"""What to do about a join that does not run, by its rule."""


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
        return tuple(task for task in self._ids(lambda task: task.kind == "branch") if self.downstream(task))

    @property
    def short_circuits(self) -> tuple[str, ...]:
        """Every short circuit."""
        return self._ids(lambda task: task.kind == "short-circuit")

    @property
    def sensors(self) -> tuple[str, ...]:
        """Every sensor."""
        return self._ids(lambda task: task.kind == "sensor")

    @property
    def skipping(self) -> tuple[str, ...]:
        """Every branch and short circuit that is before something that is to run whatever happened."""
        return tuple(t for t in (*self.branches, *self.short_circuits) if replace(self, task=t).whatever_happens)

    @property
    def soft_sensors(self) -> tuple[str, ...]:
        """Every sensor before some work that may not fail when it gives up."""
        soft = self._ids(lambda task: task.waiting is not None and (task.waiting.soft or task.waiting.forgives))
        return tuple(sensor for sensor in soft if replace(self, task=sensor).work_left)

    @property
    def rare_sensors(self) -> tuple[str, ...]:
        """Every sensor that pokes less often than once a minute."""
        return self._ids(
            lambda task: not task.deferrable and task.waiting is not None and task.waiting.interval > RARELY
        )

    @property
    def watchers(self) -> tuple[str, ...]:
        """Every task that runs only after a failure, and then always raises."""
        return self._ids(lambda task: task.watches)

    @property
    def tied(self) -> tuple[str, ...]:
        """The tasks that wait for what became of them in the run before: nothing else ties one run to another."""
        return self._ids(lambda task: task.depends_on_past)

    @property
    def one_run_at_a_time(self) -> bool:
        """Whether a run never starts before the one before it has ended."""
        return bool(self.summary and self.summary.schedule and self.summary.schedule.max_active_runs == 1)

    @property
    def queues(self) -> tuple[str, ...]:
        """Where its tasks wait for slots that other runs may occupy, in words; one that is deferred occupies none."""
        waiting = [task for task in self._tasks if not task.deferrable]
        pools = (f"'{task.task_id}' in pool '{task.pool}'" for task in waiting if task.pool)
        limits = ((task.task_id, task.most_at_once) for task in waiting if task.most_at_once)
        return (*pools, *(f"'{task_id}' for one of {most} (max_active_tis_per_dag)" for task_id, most in limits))

    @property
    def retried(self) -> tuple[str, ...]:
        """Every task with retries."""
        return self._ids(lambda task: task.retries > 0)

    @property
    def patient(self) -> tuple[str, ...]:
        """Every task with retries whose settings alone say how long Airflow waits before each."""
        return self._ids(lambda task: task.retries > 0 and task.trying is not None)

    @property
    def feeding(self) -> tuple[str, ...]:
        """Every task whose result is mapped over, but for mapped ones, which return one item in each instance."""
        return self._ids(lambda task: task.feeds_mapping and not task.mapped)

    @property
    def publishing(self) -> tuple[str, ...]:
        """Every task whose result is mapped over, with work downstream of that is not mapped."""
        return tuple(task for task in self.feeding if replace(self, task=task).published)

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
        """The tasks that are downstream of a setup of the teardown `task` and before it."""
        setups = self._ids(lambda task: task.setup and self.task in self.downstream(task.task_id))
        between = self.all_upstream(self.task) & set().union(*map(self.all_downstream, setups))
        return self._ids(lambda task: task.task_id in between and not (task.setup or task.teardown))

    @property
    def indirect_work(self) -> bool:
        """Whether the teardown `task` has its usual rule, and some of the work leads to it only by way of others."""
        usual = self.task and self._of(self.task).trigger_rule == "all_done_setup_success"
        return bool(usual) and any(map(self.left_behind, self.worked_between))

    def left_behind(self, task: str) -> tuple[str, ...]:
        """
        What may be at work still when the teardown `task` starts, because one that works beside it has failed: one task
        stands for all that are so.
        """
        teardown = self._of(self.task)
        waits = teardown.upstream if teardown.trigger_rule == "all_done_setup_success" else ()
        not_beside = {task, *self.all_upstream(task), *self.all_downstream(task), *waits}
        return tuple(other for other in self.worked_between if other not in not_beside)[:1]

    @property
    def removing(self) -> tuple[str, ...]:
        """Every task, no teardown, that removes what another one has made, when others have worked in between."""
        return tuple(task for task in self._ids(lambda task: not task.teardown) if replace(self, task=task).used)

    @property
    def maker(self) -> str:
        """The task that made what `task` removes, if there is one."""
        before = self.all_upstream(self.task)
        return next(iter(self._ids(lambda one: one.task_id in before and removes(self._of(self.task), one))), "")

    @property
    def used(self) -> tuple[str, ...]:
        """The work that directly follows the making of what `task` removes, and precedes its removal."""
        maker, between = self.maker, self.all_upstream(self.task) & {*self.work}
        return tuple(task for task in self.downstream(maker) if task in between) if maker else ()

    @property
    def timeout(self) -> float:
        """How long the sensor `task` waits, in seconds; 0 if each of its instances says so for itself."""
        waiting = self._of(self.task).waiting
        return waiting.timeout if waiting else 0.0

    @property
    def working(self) -> tuple[str, ...]:
        """The tasks that a worker runs."""
        return self._ids(lambda task: not task.idle)

    @property
    def work(self) -> tuple[str, ...]:
        """The tasks that do something for its own sake, rather than wait, decide, set up or tear down."""
        return self._ids(lambda task: task.kind in ("", "isolated") and not (task.idle or task.setup or task.teardown))

    @property
    def work_left(self) -> tuple[str, ...]:
        """The work that is not before `task`, if some of it is downstream of it."""
        before = {self.task, *self.all_upstream(self.task)}
        left = tuple(task for task in self.work if task not in before)
        return left if self.all_downstream(self.task) & {*left} else ()

    @property
    def arms(self) -> tuple[str, ...]:
        """Return what is directly downstream of `task`, without teardowns: these have a rule of their own."""
        return tuple(task for task in self.downstream(self.task) if not self._of(task).teardown)

    @property
    def mapped_arm(self) -> bool:
        """Whether a mapped task is directly downstream of `task`, which is not mapped itself."""
        return bool(self.task) and not self.mapped_choice and any(self._of(arm).mapped for arm in self.arms)

    @property
    def mapped_choice(self) -> bool:
        """Whether `task` is in a mapped task group."""
        return bool(self.task and self._of(self.task).mapped)

    @property
    def over_result(self) -> bool:
        """Whether `task` is in a task group that is mapped over the result of a task."""
        return bool(self.task and self._of(self.task).over_result)

    @property
    def whatever_happens(self) -> tuple[str, ...]:
        """The tasks downstream of `task` that are to run whatever happened before them, teardowns aside."""
        downstream, rules = self.all_downstream(self.task), ("all_done", "always")
        return self._ids(lambda task: task.task_id in downstream and task.trigger_rule in rules and not task.teardown)

    @property
    def published(self) -> tuple[str, ...]:
        """The work downstream of what is mapped over the result of `task`, not mapped itself."""
        work = self.all_downstream(self.task) & {*self.work}
        return self._ids(lambda task: task.task_id in work and not task.mapped)

    @property
    def has_few_tries(self) -> bool:
        """Whether `task` is tried so few times that all tries can be played."""
        return self._of(self.task).retries <= MOST_PLAYED

    def nearest(self, tasks: Set[str]) -> list[str]:
        """Those of some tasks that have none of the others directly before them."""
        return [task for task in tasks if tasks.isdisjoint(self._of(task).upstream)]

    def bears(self, join: str) -> str:
        """What lets a task run although it is downstream of an arm that was not chosen, in words."""
        return f"{self.rule(join)}; {_BEARS.get(self._of(join).trigger_rule, 'look at what is directly before it')}"

    def rule(self, task: str) -> str:
        """The trigger rule of a task, as its file says it."""
        return f"trigger_rule {self._of(task).trigger_rule}"

    def hidden_by(self, successes: Set[str]) -> str:
        """Which of the tasks that ran hides the failure of `task`, and what to do about it, in words."""
        first = next(iter(self.nearest(self.all_downstream(self.task) & successes)), "")
        fix = "let a last task wait for all others with one_failed and raise"
        return f", for '{first}' runs all the same ({self.rule(first)}; {fix})" if first else f" ({fix})"

    @property
    def defers(self) -> bool:
        """Whether the sensor `task` waits without a worker, by code of its own."""
        return bool(self.task and self._of(self.task).deferrable)

    def downstream(self, task: str) -> tuple[str, ...]:
        """Return the tasks directly downstream of a task."""
        return self.summary.graph.downstream(task) if self.summary else ()

    def all_downstream(self, task: str) -> frozenset[str]:
        """Return every task that a task leads to."""
        return self.summary.graph.all_downstream(task) if self.summary else frozenset()

    def all_upstream(self, task: str) -> frozenset[str]:
        """Return every task that leads to a task."""
        return self.summary.graph.all_upstream(task) if self.summary else frozenset()

    def _of(self, task: str) -> TaskSummary:
        assert self.summary is not None, "no task was found"
        return self.summary.by_id[task]

    def _ids(self, wanted: Callable[[TaskSummary], bool]) -> tuple[str, ...]:
        return tuple(task.task_id for task in self._tasks if wanted(task))
