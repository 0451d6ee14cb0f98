"""In what two Airflows read one and the same DAG file differently: tasks, edges, settings, schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.folder.schedule import Schedule
from conformance.folder.summary import DagSummary, TaskSummary
from conformance.folder.survey import Folder

_OF_A_DAG = {
    "run_timeout": "dagrun_timeout (s)",
    "fail_fast": "fail_fast",
    "slots": "max_active_tasks",
}
_OF_A_SCHEDULE = {
    "timetable": "timetable",
    "summary": "schedule",
    "catchup": "catchup",
    "max_active_runs": "max_active_runs",
}
_OF_A_TASK = {
    "operator": "operator",
    "trigger_rule": "trigger_rule",
    "upstream": "upstream tasks",
    "mapped": "mapped",
    "setup": "setup",
    "teardown": "teardown",
    "strict": "on_failure_fail_dagrun",
    "hard": "ignore_downstream_trigger_rules",
    "returns": "do_xcom_push",
    "retries": "retries",
    "deferrable": "deferrable",
    "pool": "pool",
    "most_at_once": "max_active_tis_per_dag",
    "group": "task group",
}
_OF_TRIES = {
    "delay": "retry_delay (s)",
    "factor": "retry_exponential_backoff",
    "longest": "max_retry_delay (s)",
    "timeout": "execution_timeout (s)",
}
_OF_WAITING = {"mode": "mode", "interval": "poke_interval (s)", "timeout": "timeout (s)", "soft": "soft_fail"}
"""What is compared, by the name of the field, and what a DAG's author calls it."""


@dataclass(frozen=True)
class Changed:
    """One setting of a DAG, or of one of its tasks, on both sides, in words."""

    dag: str
    where: str
    what: str
    before: str
    after: str


def changes(old: Folder, new: Folder) -> Iterator[Changed]:
    """What changes, DAG by DAG; those of files that fail to import are missing for a reason that is told elsewhere."""
    failing = {file.path for folder in (old, new) for file in folder.files if file.error}
    for dag_id in sorted(old.dags.keys() | new.dags.keys()):
        before, after = old.dags.get(dag_id), new.dags.get(dag_id)
        one = before or after
        assert one is not None
        found = _dag(before, after) if before and after else [("the DAG", *_presence(before, after))]
        if one.file not in failing:
            for what, *both in found:
                yield Changed(dag_id, f"{old.path.name}/{one.file}:{one.line}", what, *map(_told, both))


def _dag(old: DagSummary, new: DagSummary) -> Iterator[tuple[str, Any, Any]]:
    yield from _fields(old, new, _OF_A_DAG)
    if old.schedule and new.schedule:
        yield from _fields(old.schedule, new.schedule, _OF_A_SCHEDULE)
        if old.schedule.runs != new.schedule.runs:
            yield "first runs", _runs(old.schedule), _runs(new.schedule)
    before, after = ({task.task_id: task for task in dag.tasks} for dag in (old, new))
    for task_id in sorted(before.keys() | after.keys()):
        one, other = before.get(task_id), after.get(task_id)
        if one and other:
            for what, *both in _task(one, other):
                yield f"{task_id}: {what}", *both
        else:
            yield f"task {task_id}", *_presence(one, other)


def _presence(old: object, new: object) -> tuple[str, str]:
    there = "is there", "is not there"
    return there[not old], there[not new]


def _task(old: TaskSummary, new: TaskSummary) -> Iterator[tuple[str, Any, Any]]:
    yield from _fields(old, new, _OF_A_TASK)
    if old.trying and new.trying:
        yield from _fields(old.trying, new.trying, _OF_TRIES)
    if old.waiting and new.waiting:
        yield from _fields(old.waiting, new.waiting, _OF_WAITING)


def _fields(old: Any, new: Any, names: Mapping[str, str]) -> Iterator[tuple[str, Any, Any]]:
    for field, name in names.items():
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield name, before, after


def _runs(schedule: Schedule) -> str:
    """The first runs: when they are due, and for which stretch of time."""
    return "; ".join(
        f"{_time(due)} for {'that moment' if start == end else f'{_time(start)} to {_time(end)}'}"
        for due, start, end in schedule.runs
    )


def _time(instant: str) -> str:
    return instant[:16].replace("T", " ") + (instant[19:] if not instant.endswith("+00:00") else "")


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value in (None, "") else str(value)
