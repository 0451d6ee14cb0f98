"""
Airflow 2.7 to 2.11: everything of the simulator that touches Airflow's internals.

`airflow3` has the same functions. Nothing here decides: each function asks the installed Airflow, or tells it what
happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from airflow import settings
from airflow.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferred,
)
from airflow.models import DAG, DagBag, DagModel, DagRun, TaskInstance, XCom, taskinstance
from airflow.models.abstractoperator import AbstractOperator
from airflow.models.base import Base
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskreschedule import TaskReschedule
from airflow.models.trigger import Trigger
from airflow.operators import python as python_operators
from airflow.operators.branch import BaseBranchOperator
from airflow.operators.latest_only import LatestOnlyOperator
from airflow.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sensors.base import BaseSensorOperator, PokeReturnValue
from airflow.triggers.base import TriggerEvent
from airflow.utils import task_instance_session
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.timezone import coerce_datetime
from airflow.utils.types import DagRunType
from greenlet import getcurrent
from sqlalchemy.util import ScopedRegistry

from conformance.simulator.airflow2_scheduler import Scheduler, time_out_triggers
from conformance.simulator.seam import Hooks, Key, Row, RunRow

__all__ = [
    "BRANCH_PYTHON_OPERATORS",
    "NO_ERRORS",
    "AirflowFailException",
    "AirflowSkipException",
    "AirflowTaskTimeout",
    "BaseBranchOperator",
    "BaseSensorOperator",
    "LatestOnlyOperator",
    "PokeReturnValue",
    "PythonOperator",
    "Scheduler",
    "ShortCircuitOperator",
    "TaskDeferred",
    "time_out_triggers",
]

BRANCH_PYTHON_OPERATORS = tuple(
    found for name, found in vars(python_operators).items() if name.startswith("Branch") and name.endswith("Operator")
)

NO_ERRORS = (TaskDeferred, AirflowRescheduleException)
"""What a task raises to say something other than that it failed."""

TRY_NUMBER = "try_number" if "try_number" in TaskInstance.__mapper__.column_attrs else "_try_number"
"""The column; up to 2.9 `try_number` is a property that counts one more between tries."""

SESSION_OF_TASK = "__current_task_instance_session"

RUN_TABLES = (
    "xcom",
    "task_reschedule",
    "rendered_task_instance_fields",
    "task_map",
    "task_fail",
    "task_instance_history",
    "log",
    "task_instance",
    "dag_run",
)

EVENT_TABLES = ("dataset_dag_run_queue", "dataset_event")
"""What runs leave behind of the datasets they update; what consumed it goes with it."""


def prepare(hooks: Hooks) -> None:
    """Make this process ready to simulate; called once."""
    # One session per running task: Airflow keeps one per thread, and all our tasks share a thread.
    settings.Session.registry = ScopedRegistry(settings.Session.session_factory, scopefunc=getcurrent)

    render_templates = TaskInstance.render_templates

    def played(self: Any, context: Any = None, *args: Any, **kwargs: Any) -> Any:
        # What comes after the templates, beginning with pre_execute and on_execute_callback, is the user's code.
        task_orig = render_templates(self, context, *args, **kwargs)
        if context is not None:
            hooks.play(self.task, context)
        return task_orig

    render = AbstractOperator._do_render_template_fields

    def rendered(self: Any, parent: Any, template_fields: Any, context: Any, *args: Any, **kwargs: Any) -> None:
        if hooks.renders(context):
            render(self, parent, template_fields, context, *args, **kwargs)

    @contextmanager
    def simulated_timeout(seconds: float = 1, error_message: str = "Timeout") -> Iterator[None]:
        with hooks.deadline(seconds, AirflowTaskTimeout(f"{error_message}, after {seconds} s")):
            yield

    TaskInstance.render_templates = played
    AbstractOperator._do_render_template_fields = rendered
    taskinstance.timeout = simulated_timeout


def take_globals() -> Any:
    """Remove and return what Airflow keeps in globals for the task that is running."""
    session = vars(task_instance_session)[SESSION_OF_TASK]
    context = list(taskinstance._CURRENT_CONTEXT)
    give_globals(([], None))
    return context, session


def give_globals(taken: Any) -> None:
    """Put back what `take_globals` returned."""
    taskinstance._CURRENT_CONTEXT[:], vars(task_instance_session)[SESSION_OF_TASK] = taken


def parse(path: Path) -> tuple[dict[str, DAG], str | None]:
    """The DAGs of one file by id, and why it could not be imported (Airflow's own traceback)."""
    bag = DagBag(str(path), include_examples=False, safe_mode=False, load_op_links=False)
    return dict(bag.dags), next(iter(bag.import_errors.values()), None)


def register(dag: DAG) -> DAG:
    """Write a DAG to the metadata database, unpaused, and return the DAG that the scheduler sees."""
    with create_session() as session:
        DAG.bulk_write_to_db([dag], session=session)
        SerializedDagModel.write_dag(dag, session=session)
        session.query(DagModel).filter(DagModel.dag_id == dag.dag_id).update({"is_paused": False})
    return dag


def create_run(dag: DAG, run_id: str, at: datetime, conf: dict[str, Any] | None) -> None:
    """Create a manual run that starts at `at`."""
    at = coerce_datetime(at)  # timetables ask it for more than Python's own class knows
    with create_session() as session:
        dag.create_dagrun(
            run_id=run_id,
            run_type=DagRunType.MANUAL,
            execution_date=at,
            data_interval=dag.timetable.infer_manual_data_interval(run_after=at),
            start_date=at,
            state=DagRunState.RUNNING,
            external_trigger=True,
            conf=conf,
            session=session,
        )


def decide(dag: DAG, run_id: str) -> str | None:
    """Let Airflow update the run's state and schedule what became ready; the DAG callback it asks for, if any."""
    with create_session() as session:
        run = _run(session, dag.dag_id, run_id)
        if run.state != DagRunState.RUNNING:
            return None
        run.dag = dag
        ready, callback = run.update_state(session=session, execute_callbacks=False)
        run.schedule_tis(ready, session=session)
    if callback is None:
        return None
    return "on_failure_callback" if callback.is_failure_callback else "on_success_callback"


def execute(dag: DAG, scheduled_dag: DAG, run_id: str, key: Key) -> None:
    """Run one scheduled task instance to its end, as a worker would. Raises what the task raised."""
    with create_session() as session:
        ti = _ti(session, dag.dag_id, run_id, key)
        ti.state = TaskInstanceState.QUEUED
    ti.task = dag.get_task(key.task_id)
    # A worker looks at the limits once more; who decided has done so, or (depth "run") knows of none.
    if ti.check_and_change_state_before_execution(ignore_all_deps=True):
        ti._run_raw_task()


def rows(dag_id: str, run_id: str) -> list[Row]:
    """Every task instance of a run, as the metadata database has it."""
    columns = (
        TaskInstance.task_id,
        TaskInstance.map_index,
        TaskInstance.state,
        getattr(TaskInstance, TRY_NUMBER),
        TaskInstance.start_date,
        TaskInstance.end_date,
        TaskInstance.trigger_id,
    )
    with create_session() as session:
        found = session.query(*columns).filter_by(dag_id=dag_id, run_id=run_id).all()
    return [Row(Key(r[0], r[1]), str(r[2]) if r[2] else None, *r[3:]) for r in found]


def runs(dag_id: str) -> list[RunRow]:
    """Every run of a DAG, as the metadata database has it, oldest first."""
    columns = DagRun.run_id, DagRun.state, DagRun.start_date, DagRun.end_date, DagRun.execution_date
    with create_session() as session:
        found = session.query(*columns).filter_by(dag_id=dag_id).order_by(DagRun.id).all()
    return [RunRow(run_id, str(state), *dates) for run_id, state, *dates in found]


def run_state(dag_id: str, run_id: str) -> str:
    """The state of a run."""
    with create_session() as session:
        return str(_run(session, dag_id, run_id).state)


def due(dag: DAG) -> list[datetime]:
    """The instants at which waiting task instances of a DAG can go on: retries, reschedules, trigger timeouts."""
    instants = []
    with create_session() as session:
        for ti in session.query(TaskInstance).filter_by(dag_id=dag.dag_id):
            if ti.state == TaskInstanceState.UP_FOR_RETRY:
                ti.task = dag.get_task(ti.task_id)
                instants.append(ti.next_retry_datetime())
            elif ti.state == TaskInstanceState.UP_FOR_RESCHEDULE:
                instants.append(_last_reschedule(session, ti).reschedule_date)
            elif ti.state == TaskInstanceState.DEFERRED and ti.trigger_timeout:
                instants.append(ti.trigger_timeout.replace(tzinfo=timezone.utc))
    return instants


def fail_trigger(trigger_id: int, error: Exception) -> None:
    """Tell Airflow that a trigger raised an error."""
    with create_session() as session:
        Trigger.submit_failure(trigger_id, error, session=session)


def fire(trigger_id: int, payload: Any) -> None:
    """Tell Airflow that a trigger fired."""
    with create_session() as session:
        Trigger.submit_event(trigger_id, TriggerEvent(payload), session=session)


def trigger(trigger_id: int) -> Any:
    """The trigger object behind a deferral."""
    with create_session() as session:
        row = session.get(Trigger, trigger_id)
        return resolve_name(row.classpath)(**row.kwargs)


def xcoms(dag_id: str, run_id: str) -> dict[tuple[Key, str], Any]:
    """Every XCom of a run, deserialised, by task instance and key."""
    with create_session() as session:
        columns = XCom.task_id, XCom.map_index, XCom.key, XCom.value
        found = session.query(*columns).filter_by(dag_id=dag_id, run_id=run_id).all()
        return {(Key(x.task_id, x.map_index), x.key): XCom.deserialize_value(x) for x in found}


def forget(dag_id: str) -> None:
    """Remove everything that runs of a DAG left in the database, so that the next one meets none of it."""
    tables = Base.metadata.tables
    with create_session() as session:
        for name in RUN_TABLES:
            if name in tables and "dag_id" in tables[name].columns:
                session.execute(tables[name].delete().where(tables[name].columns["dag_id"] == dag_id))
        for name in EVENT_TABLES:
            session.execute(tables[name].delete())
        session.query(Trigger).delete()


def _run(session: Any, dag_id: str, run_id: str) -> Any:
    return session.query(DagRun).filter_by(dag_id=dag_id, run_id=run_id).one()


def _ti(session: Any, dag_id: str, run_id: str, key: Key) -> Any:
    return (
        session.query(TaskInstance)
        .filter_by(dag_id=dag_id, run_id=run_id, task_id=key.task_id, map_index=key.map_index)
        .one()
    )


def _last_reschedule(session: Any, ti: Any) -> Any:
    return (
        session.query(TaskReschedule)
        .filter_by(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=ti.map_index)
        .order_by(TaskReschedule.id.desc())
        .first()
    )
