"""What is known of a DAG file after parsing it elsewhere: plain data that goes through a pipe or a file as JSON."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import timedelta
from inspect import cleandoc, getsource, unwrap
from typing import Any, Literal

Kind = Literal["", "sensor", "branch", "short-circuit", "isolated"]
ProblemKind = Literal["import-error", "network", "timeout", "exited", "killed"]


@dataclass(frozen=True)
class Problem:
    """Why a DAG file could not be parsed: one line that ends with the place, `(dags/a.py:3)`."""

    kind: ProblemKind
    message: str


@dataclass(frozen=True)
class TaskSummary:
    """
    A task as its DAG declares it; `line` is None when the id is not written in the file.

    `feeds_mapping` says that its result is mapped over, and so decides how many instances another task has; `raises`
    that its function ends by raising an error, whatever happened, as that of a watcher does.
    `poke_interval` and `timeout` are those of a sensor, in seconds, if its instances do not have one each.
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
    poke_interval: float | None = None
    timeout: float | None = None
    deferrable: bool = False
    raises: bool = False
    line: int | None = None


@dataclass(frozen=True)
class DagSummary:
    """A DAG; `file` is relative to the DAGs folder, `line` is 1 when the id is not written in the file."""

    dag_id: str
    file: str
    line: int
    tasks: tuple[TaskSummary, ...]


@dataclass(frozen=True)
class Probe:
    """
    What parsing one file gave: its DAGs (maybe none), and what went wrong, if anything did.

    `seconds` is how long it took; `asked` says for what the file asked meanwhile, and in which line.
    """

    dags: tuple[DagSummary, ...] = ()
    problem: Problem | None = None
    seconds: float = 0.0
    asked: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Probe:
        """The inverse of `dataclasses.asdict`."""
        return cls(
            tuple(_dag(dag) for dag in data["dags"]),
            Problem(**data["problem"]) if data["problem"] else None,
            data["seconds"],
            tuple(data["asked"]),
        )


def _dag(data: dict[str, Any]) -> DagSummary:
    tasks = (TaskSummary(**{**task, "upstream": tuple(task["upstream"])}) for task in data["tasks"])
    return DagSummary(**{**data, "tasks": tuple(tasks)})


def summarise(dags: dict[str, Any], file: str, source: str) -> tuple[DagSummary, ...]:
    """The summaries of Airflow's `dags`, which stand in `file`, whose text is `source`."""
    lines = _lines_of_ids(source)
    return tuple(
        DagSummary(
            dag_id,
            file,
            lines.get(("dag_id", dag_id), 1),
            tuple(_task(dag.task_dict[id], lines) for id in dag.task_dict),
        )
        for dag_id, dag in sorted(dags.items())
    )


def _task(task: Any, lines: dict[tuple[str, str], int]) -> TaskSummary:
    # A mapped task is another class than an operator, but knows the operator it stands for.
    mapped = not hasattr(task, "execute")
    operator = task.operator_class if mapped else type(task)
    kind = _kind({base.__name__ for base in operator.__mro__})
    return TaskSummary(
        task_id=task.task_id,
        operator=task.task_type,
        trigger_rule=str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        upstream=tuple(sorted(task.upstream_task_ids)),
        mapped=mapped or task.get_closest_mapped_task_group() is not None,
        kind=kind,
        feeds_mapping=any(True for _ in task.iter_mapped_dependants()),
        setup=task.is_setup,
        teardown=task.is_teardown,
        retries=int(task.retries or 0),
        poke_interval=_seconds(_said(task, "poke_interval")) if kind == "sensor" else None,
        timeout=_seconds(_said(task, "timeout")) if kind == "sensor" else None,
        deferrable=bool(_said(task, "deferrable")) or "defer" in unwrap(operator.execute).__code__.co_names,
        raises=_raises(_said(task, "python_callable")),
        line=lines.get(("task_id", task.task_id.rpartition(".")[2])),
    )


def _raises(function: Any) -> bool:
    """Whether the last thing that a function does is to raise."""
    try:
        (found,) = ast.parse(cleandoc(getsource(unwrap(function)))).body
    except (OSError, TypeError, ValueError, SyntaxError):  # a lambda, a callable object, a function without a file
        return False
    return isinstance(found, ast.FunctionDef) and isinstance(found.body[-1], ast.Raise)


def _said(task: Any, name: str) -> Any:
    """An argument of a task's operator, also of a mapped one that gives it to all its instances."""
    return getattr(task, name, None) if hasattr(task, "execute") else task.partial_kwargs.get(name)


def _seconds(value: Any) -> float | None:
    """A length of time that Airflow takes as a number or as a timedelta."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, (int, float)) else None


def _kind(bases: set[str]) -> Kind:
    """What sort of operator it is, from the names of its classes; `LatestOnlyOperator` lets nobody choose."""
    if "BaseSensorOperator" in bases:
        return "sensor"
    if "ShortCircuitOperator" in bases:
        return "short-circuit"
    if "LatestOnlyOperator" not in bases and any(base.startswith(("Branch", "BaseBranch")) for base in bases):
        return "branch"
    if bases & {"PythonVirtualenvOperator", "ExternalPythonOperator"}:
        return "isolated"
    return ""


def _lines_of_ids(source: str) -> dict[tuple[str, str], int]:
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
