"""What is known of a DAG file after parsing it elsewhere: plain data that goes through a pipe or a file as JSON."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from conformance.folder import task_settings
from conformance.folder.graph import Graph
from conformance.folder.operators import ISOLATED, lets_code_choose, mapped_over
from conformance.folder.schedule import Schedule, schedule
from conformance.folder.task_settings import Trying, Waiting
from conformance.seam.api import Dag
from conformance.stand_ins.classes import assumes, stands_in_for
from conformance.stand_ins.standing_in import Level, StandIn

Kind = Literal["", "sensor", "branch", "short-circuit", "isolated"]
ProblemKind = Literal["import-error", "network", "plugin", "timeout", "exited", "killed"]


DEFAULT_POOL = "default_pool"


@dataclass(frozen=True)
class Problem:
    """Why a DAG file could not be parsed: one line that ends with the place, `(dags/a.py:3)`."""

    kind: ProblemKind
    message: str


@dataclass(frozen=True)
class TaskSummary:
    """
    A task as its DAG declares it; `line` is None when the id is not written in the file.

    `feeds_mapping` says that its result is mapped over, and so decides how many instances another task has; `watches`
    that it runs only after a failure and then raises an error, whatever happened.

    `expanded` says that it is mapped itself, `instances` how many it has in a simulated run; `group` and `mapped_group`
    are the ids of the innermost task group, and mapped one, that it is in; `over_result` says that the mapped one is
    mapped over the result of a task. `idle` says that no worker ever runs it.
    `trying` and `waiting` are None where nothing can be said. `strict` is of a teardown whose failure fails the run,
    `hard` of a short circuit that skips everything downstream of it, `returns` of a task whose result is an XCom.
    `pool` is empty for the default one; `most_at_once` is how many of its instances run at a time, in all runs
    together. Of a task whose class is missing, or is derived from one that is, `stands_in_for` names that class, and
    `assumes` the settings that the class may have and nobody gave.
    """

    task_id: str
    operator: str = "EmptyOperator"
    trigger_rule: str = "all_success"
    upstream: tuple[str, ...] = ()
    mapped: bool = False
    kind: Kind = ""
    feeds_mapping: bool = False
    setup: bool = False
    teardown: bool = False
    retries: int = 0
    deferrable: bool = False
    depends_on_past: bool = False
    pool: str = ""
    most_at_once: int | None = None
    watches: bool = False
    line: int | None = None
    expanded: bool = False
    instances: int = 1
    group: str = ""
    mapped_group: str = ""
    over_result: bool = False
    idle: bool = False
    strict: bool = False
    hard: bool = False
    returns: bool = True
    trying: Trying | None = None
    waiting: Waiting | None = None
    stands_in_for: str = ""
    assumes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DagSummary:
    """
    A DAG; `file` is relative to the DAGs folder, `line` is 1 when the id is not written in the file.

    `run_timeout` is in seconds; `slots` is how many of its tasks may run at a time. Of DAGs with one id only the last
    goes by it: `real_id` is that of another.
    """

    dag_id: str
    file: str
    line: int
    tasks: tuple[TaskSummary, ...]
    run_timeout: float | None = None
    fail_fast: bool = False
    slots: int = 16
    schedule: Schedule | None = None
    real_id: str = ""

    @cached_property
    def by_id(self) -> dict[str, TaskSummary]:
        """The tasks by their ids, in the DAG's order."""
        return {task.task_id: task for task in self.tasks}

    @cached_property
    def graph(self) -> Graph:
        """Which tasks are upstream and downstream of which."""
        return Graph({task.task_id: task.upstream for task in self.tasks})


@dataclass(frozen=True)
class Probe:
    """
    What parsing one file gave: its DAGs (maybe none), and what went wrong, if anything did.

    `seconds` is how long it took; `asked` says for what the file asked meanwhile, and in which line; `warned` what
    Airflow says in it is deprecated, likewise. `imports` are the names that were found beside or above the DAGs folder,
    each with the place, relative to that folder; `leaves` is what is left behind, such as a thread. `stand_ins` is what
    was missing and is stood in for, at a `level`. `made_of` is a digest of all that was read, and of what Airflow
    stores of the DAGs.
    """

    dags: tuple[DagSummary, ...] = ()
    problem: Problem | None = None
    seconds: float = 0.0
    asked: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()
    level: Level = Level.nothing
    stand_ins: tuple[StandIn, ...] = ()
    leaves: tuple[str, ...] = ()
    made_of: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Probe:
        """The inverse of `dataclasses.asdict`."""
        return cls(
            tuple(_dag(dag) for dag in data["dags"]),
            Problem(**data["problem"]) if data["problem"] else None,
            data["seconds"],
            tuple(data["asked"]),
            tuple(data["warned"]),
            tuple((name, place) for name, place in data["imports"]),
            Level(data["level"]),
            tuple(StandIn(**stand_in) for stand_in in data["stand_ins"]),
            tuple(data["leaves"]),
            data["made_of"],
        )


def _dag(data: dict[str, Any]) -> DagSummary:
    tasks = tuple(_task_from(task) for task in data["tasks"])
    return DagSummary(**{**data, "tasks": tasks, "schedule": _schedule(data["schedule"])})


def _schedule(data: dict[str, Any] | None) -> Schedule | None:
    return Schedule(**{**data, "runs": tuple(map(tuple, data["runs"]))}) if data else None


def _task_from(data: dict[str, Any]) -> TaskSummary:
    trying, waiting = data["trying"], data["waiting"]
    return TaskSummary(
        **{
            **data,
            "upstream": tuple(data["upstream"]),
            "assumes": tuple(data["assumes"]),
            "trying": Trying(**trying) if trying else None,
            "waiting": Waiting(**waiting) if waiting else None,
        }
    )


def summarise(dags: dict[str, Any], file: str, source: str | bytes) -> tuple[DagSummary, ...]:
    """
    The summaries of Airflow's `dags`, which stand in `file`, whose text is `source`; of bytes, Python itself finds out
    the encoding.
    """
    lines = _lines_of_ids(source)
    return tuple(
        DagSummary(
            dag_id,
            file,
            lines.get(("dag_id", dag_id), 1),
            _tasks(dag, lines),
            run_timeout=dag.dagrun_timeout.total_seconds() if dag.dagrun_timeout else None,
            fail_fast=bool(getattr(dag, "fail_fast", False) or getattr(dag, "fail_stop", False)),
            slots=int(dag.max_active_tasks),
            schedule=schedule(dag),
        )
        for dag_id, dag in sorted(dags.items())
    )


def _tasks(dag: Dag, lines: dict[tuple[str, str], int]) -> tuple[TaskSummary, ...]:
    feeding = mapped_over(dag)
    return tuple(_task(task, task_id in feeding, lines) for task_id, task in dag.task_dict.items())


def _task(task: Any, feeds_mapping: bool, lines: dict[tuple[str, str], int]) -> TaskSummary:
    # A mapped task is another class than an operator, but knows the operator it stands for.
    mapped = not hasattr(task, "execute")
    operator = task.operator_class if mapped else type(task)
    kind = _kind({base.__name__ for base in operator.__mro__})
    mapped_group = task.get_closest_mapped_task_group()
    return TaskSummary(
        task_id=task.task_id,
        operator=task.task_type,
        trigger_rule=str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        upstream=tuple(sorted(task.upstream_task_ids)),
        mapped=mapped or mapped_group is not None,
        kind=kind,
        feeds_mapping=feeds_mapping,
        setup=task.is_setup,
        teardown=task.is_teardown,
        retries=int(task.retries or 0),
        deferrable=task_settings.defers(task, operator),
        depends_on_past=bool(task.depends_on_past or task.wait_for_downstream),
        pool=task.pool if task.pool != DEFAULT_POOL else "",
        most_at_once=task.max_active_tis_per_dag,
        watches=task_settings.watches(task, operator),
        line=lines.get(("task_id", task.task_id.rpartition(".")[2])),
        expanded=mapped,
        instances=task_settings.instances(task),
        group=(task.task_group.group_id if task.task_group else None) or "",
        mapped_group=mapped_group.group_id if mapped_group else "",
        over_result=task_settings.is_over_result(task),
        idle=task_settings.is_idle(task),
        strict=task.is_teardown and task.on_failure_fail_dagrun,
        hard=kind == "short-circuit" and getattr(task, "ignore_downstream_trigger_rules", True),
        returns=getattr(task, "do_xcom_push", True),
        trying=task_settings.trying(task),
        waiting=task_settings.waiting(task, operator) if kind == "sensor" else None,
        stands_in_for=stands_in_for(operator),
        assumes=assumes(task, operator),
    )


def _kind(bases: set[str]) -> Kind:
    """What sort of operator it is, from the names of its classes."""
    if "BaseSensorOperator" in bases:
        return "sensor"
    if "ShortCircuitOperator" in bases:
        return "short-circuit"
    if lets_code_choose(bases):
        return "branch"
    if bases & ISOLATED:
        return "isolated"
    return ""


def _lines_of_ids(source: str | bytes) -> dict[tuple[str, str], int]:
    """
    Where ids are written: {("dag_id" or "task_id", id): line}, the first place of each.

    An id is written as `dag_id="x"`, `task_id="x"`, `DAG("x")`, or as the name of a decorated function.
    """
    lines: dict[tuple[str, str], int] = {}
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Call, ast.FunctionDef))]
    for node in sorted(nodes, key=lambda node: node.lineno):
        for key in _ids_written_by(node):
            lines.setdefault(key, node.lineno)
    return lines


def _ids_written_by(node: ast.Call | ast.FunctionDef) -> list[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef):
        return [("dag_id", node.name), ("task_id", node.name)] if node.decorator_list else []
    written = [(word.arg, word.value) for word in node.keywords if word.arg in ("dag_id", "task_id")]
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name in ("DAG", "dag") and node.args:
        written.append(("dag_id", node.args[0]))
    return [(arg, value.value) for arg, value in written if isinstance(value, ast.Constant)]  # type: ignore[misc]
