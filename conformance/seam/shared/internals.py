"""
Every Airflow: what `line2` and `line3` have in common, which is mostly the metadata database.

Its tables are read without the classes that map them, which takes a third of the time: a simulation looks often.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pkgutil import resolve_name
from typing import Any
from unittest import mock

from airflow import settings
from airflow.models import DagRun, TaskInstance
from airflow.models.base import Base
from airflow.models.taskreschedule import TaskReschedule
from airflow.models.trigger import Trigger
from airflow.triggers.base import TriggerEvent
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from greenlet import getcurrent
from sqlalchemy import LargeBinary, Text, bindparam, cast, func, select
from sqlalchemy.util import ScopedRegistry

from conformance.seam.api import Hooks, Key, Row, RunRow, ScheduledDag, Unreadable, XcomBackend

try:  # 3.1 and later
    from airflow.task.trigger_rule import TriggerRule
except ImportError:
    from airflow.utils.trigger_rule import TriggerRule

__all__ = [
    "TriggerEvent",
    "clear",
    "convert_for",
    "decide",
    "due",
    "end_trigger",
    "one_session_per_task",
    "read_xcom",
    "render_for",
    "row_of_run",
    "row_of_ti",
    "rows",
    "runs",
    "simulated_timeout",
    "taken_for_empty",
    "trigger",
    "trigger_rules",
    "xcom_backend",
    "xcom_sizes",
]

_ti, _run, _reschedule = TaskInstance.__table__.c, DagRun.__table__.c, TaskReschedule.__table__.c

# Up to 2.9 the attribute `try_number` is a property that counts one more between tries; the column is not.
_ROWS = select(
    _ti.task_id, _ti.map_index, _ti.state, _ti.try_number, _ti.start_date, _ti.end_date, _ti.trigger_id
).where(_ti.dag_id == bindparam("dag"), _ti.run_id == bindparam("run"))

_RUNS = (
    select(
        _run.run_id,
        _run.state,
        _run.start_date,
        _run.end_date,
        _run.get("logical_date", _run.get("execution_date")),
        _run.data_interval_start,
        _run.data_interval_end,
    )
    .where(_run.dag_id == bindparam("dag"))
    .order_by(_run.id)
)

# Made once: each decision asks for it, and to make it is half of what that takes.
_RUN = select(DagRun).where(DagRun.dag_id == bindparam("dag"), DagRun.run_id == bindparam("run"))


def one_session_per_task() -> None:
    """Airflow keeps one session per thread, and all our tasks share a thread."""
    settings.Session.registry = ScopedRegistry(settings.Session.session_factory, scopefunc=getcurrent)


def render_for(hooks: Hooks, abstract_operator: Any) -> None:
    """Let operators render their templates only where the simulation wants it."""
    render = abstract_operator._do_render_template_fields

    def rendered(self: Any, parent: Any, template_fields: Any, context: Any, *args: Any, **kwargs: Any) -> None:
        if hooks.renders(context):
            render(self, parent, template_fields, context, *args, **kwargs)

    abstract_operator._do_render_template_fields = rendered


def convert_for(hooks: Hooks, map_xcom_arg: Any) -> None:
    """Let the functions of a `.map` be called only where the simulation wants it."""
    resolve = map_xcom_arg.resolve

    def resolved(self: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        instead = hooks.converts(context, {task.task_id for task, _ in self.iter_references()})
        return resolve(map_xcom_arg(self.arg, [instead]) if instead else self, context, *args, **kwargs)

    map_xcom_arg.resolve = resolved


def simulated_timeout(hooks: Hooks, error: type[BaseException]) -> Any:
    """What stands in for Airflow's own `timeout`, whose alarm no simulated clock fires."""

    @contextmanager
    def timeout(seconds: float = 1, error_message: str = "Timeout") -> Iterator[None]:
        with hooks.deadline(seconds, error(f"{error_message}, after {seconds} s")):
            yield

    return timeout


def trigger_rules() -> list[str]:
    """Every trigger rule, by name."""
    return [rule.value for rule in TriggerRule]


def decide(dag: ScheduledDag, run_id: str) -> str | None:
    """Let Airflow update the run's state and schedule what became ready; the DAG callback it asks for, if any."""
    with create_session() as session:
        run = row_of_run(session, dag.dag_id, run_id)
        if run.state != DagRunState.RUNNING:
            return None
        run.dag = dag
        ready, callback = run.update_state(session=session, execute_callbacks=False)
        run.schedule_tis(ready, session=session)
    if callback is None:
        return None
    return "on_failure_callback" if callback.is_failure_callback else "on_success_callback"


@contextmanager
def taken_for_empty(dag: ScheduledDag, task_ids: Iterable[str]) -> Iterator[None]:
    """While inside, Airflow takes these tasks for EmptyOperators: it makes them a success when it would start them."""
    tasks = [dag.get_task(task_id) for task_id in task_ids]
    before = [getattr(task, "_is_empty", False) for task in tasks]
    try:
        for task in tasks:
            task._is_empty = True
        yield
    finally:
        for task, was in zip(tasks, before, strict=True):
            task._is_empty = was


def clear(dag: ScheduledDag, task_id: str, waits: bool) -> None:
    """Clear a task and all downstream of it, in all runs, as in the grid; `waits`: runs wait for the scheduler."""
    cleared = dag.partial_subset([task_id], include_downstream=True, include_upstream=False)
    state = DagRunState.QUEUED if waits else DagRunState.RUNNING
    dag.clear(task_ids=list(cleared.task_dict), dag_run_state=state)


def rows(dag_id: str, run_id: str) -> list[Row]:
    """Every task instance of a run, as the metadata database has it."""
    with create_session() as session:
        found = session.connection().execute(_ROWS, {"dag": dag_id, "run": run_id}).all()
    return [Row(Key(r[0], r[1]), *r[2:]) for r in found]


def runs(dag_id: str) -> list[RunRow]:
    """Every run of a DAG, as the metadata database has it, oldest first."""
    with create_session() as session:
        found = session.connection().execute(_RUNS, {"dag": dag_id}).all()
    return [RunRow(*r) for r in found]


def due(dag: ScheduledDag) -> list[datetime]:
    """The instants at which waiting task instances of a DAG can go on: retries, reschedules, trigger timeouts."""
    instants = []
    waiting = TaskInstanceState.UP_FOR_RETRY, TaskInstanceState.UP_FOR_RESCHEDULE, TaskInstanceState.DEFERRED
    with create_session() as session:
        for ti in session.query(TaskInstance).filter_by(dag_id=dag.dag_id).filter(TaskInstance.state.in_(waiting)):
            if ti.state == TaskInstanceState.UP_FOR_RETRY:
                ti.task = dag.get_task(ti.task_id)
                instants.append(ti.next_retry_datetime())
            elif ti.state == TaskInstanceState.UP_FOR_RESCHEDULE:
                instants.append(_next_look(session, ti))
            elif ti.trigger_timeout:
                instants.append(ti.trigger_timeout.replace(tzinfo=timezone.utc))
    return instants


def trigger(trigger_id: int) -> Any:
    """The trigger object behind a deferral."""
    with create_session() as session:
        row = session.get(Trigger, trigger_id)
        made = resolve_name(row.classpath)(**row.kwargs)
        made.trigger_id, made.task_instance = trigger_id, row.task_instance
    return made


def end_trigger(trigger_id: int, event: TriggerEvent | Exception | None) -> None:
    """Tell Airflow that a trigger fired, maybe with an event that ends the task, or raised an error."""
    with create_session() as session:
        if isinstance(event, Exception):
            Trigger.submit_failure(trigger_id, event, session=session)
        elif event is not None:
            Trigger.submit_event(trigger_id, event, session=session)


def read_xcom(deserialize: Callable[[Any], Any], row: Any) -> Any:
    """The value of an XCom; or why there is none, such as a class that the configuration does not allow to import."""
    try:
        return deserialize(row)
    except Exception as error:
        return Unreadable(f"{type(error).__name__}: {error}")


def xcom_sizes(dag_id: str, run_id: str) -> dict[tuple[Key, str], int]:
    """How many bytes each XCom of a run takes in the database, by task instance and key."""
    xcom = Base.metadata.tables["xcom"].c
    with create_session() as session:
        if session.get_bind().dialect.name == "sqlite":
            size = func.length(cast(xcom.value, LargeBinary))
        else:
            binary = isinstance(getattr(xcom.value.type, "impl", xcom.value.type), LargeBinary)
            size = func.octet_length(xcom.value if binary else cast(xcom.value, Text))
        sized = select(xcom.task_id, xcom.map_index, xcom.key, size).where(xcom.dag_id == dag_id, xcom.run_id == run_id)
        return {(Key(r[0], r[1]), r[2]): r[3] for r in session.execute(sized)}


@contextmanager
def xcom_backend(backend: XcomBackend) -> Iterator[None]:
    """Switch a backend on, as its settings do for a whole process: wherever Airflow names its XCom."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, backend.settings))
        kind = resolve_name(backend.kind)
        for remembered in vars(sys.modules[kind.__module__]).values():
            if hasattr(remembered, "cache_clear"):  # a setting, which a process reads once
                remembered.cache_clear()
        for module in list(sys.modules.values()):
            if getattr(module, "__dict__", {}).get("XCom") is kind.__base__:
                stack.enter_context(mock.patch.object(module, "XCom", kind))
        yield


def row_of_run(session: Any, dag_id: str, run_id: str) -> Any:
    """Airflow's own object for a run."""
    return session.scalars(_RUN, {"dag": dag_id, "run": run_id}).unique().one()


def row_of_ti(session: Any, dag_id: str, run_id: str, key: Key) -> Any:
    """Airflow's own object for a task instance."""
    return (
        session.query(TaskInstance)
        .filter_by(dag_id=dag_id, run_id=run_id, task_id=key.task_id, map_index=key.map_index)
        .one()
    )


def _next_look(session: Any, ti: Any) -> Any:
    """When a rescheduled task instance wants to be started again."""
    if "ti_id" in _reschedule:
        same = [_reschedule.ti_id == ti.id]
    else:
        same = [_reschedule[name] == getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index")]
    latest = select(_reschedule.reschedule_date).where(*same).order_by(_reschedule.id.desc()).limit(1)
    return session.execute(latest).scalar_one()
