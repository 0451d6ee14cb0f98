"""
Airflow 3.0 to 3.3: everything of the simulator that touches Airflow's internals.

`airflow2` has the same functions. Nothing here decides: each function asks the installed Airflow, or tells it what
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
from airflow.models import DagBag, DagModel, DagRun, TaskInstance
from airflow.models.base import Base
from airflow.models.dagbundle import DagBundleModel
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.taskreschedule import TaskReschedule
from airflow.models.trigger import Trigger
from airflow.models.xcom import XComModel
from airflow.providers.standard.operators import python as python_operators
from airflow.providers.standard.operators.branch import BaseBranchOperator
from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.definitions._internal.abstractoperator import AbstractOperator
from airflow.sdk.execution_time import context as task_context
from airflow.sdk.execution_time import task_runner
from airflow.triggers.base import TriggerEvent
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from greenlet import getcurrent
from sqlalchemy.util import ScopedRegistry

from conformance.simulator import airflow3_worker as worker
from conformance.simulator.airflow3_scheduler import Scheduler, time_out_triggers
from conformance.simulator.airflow3_worker import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
    DownstreamTasksSkipped,
    TaskDeferred,
)
from conformance.simulator.seam import Hooks, Key, Row, RunRow

try:  # 3.2 and later: serialisation and the DAG that the scheduler sees are two classes
    from airflow.serialization.definitions.dag import SerializedDAG as SchedulerDAG
    from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
except ImportError:
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization

    if hasattr(DagSerialization, "bulk_write_to_db"):  # 3.1
        SchedulerDAG = DagSerialization
    else:  # 3.0
        from airflow.models.dag import DAG as SchedulerDAG

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

NO_ERRORS = (TaskDeferred, AirflowRescheduleException, DownstreamTasksSkipped)
"""What a task raises to say something other than that it failed."""

BUNDLE = "conformance"

RUN_TABLES = (
    "xcom",
    "rendered_task_instance_fields",
    "task_map",
    "task_instance_history",
    "log",
    "task_instance",
    "dag_run",
)
"""What runs leave behind, children first; reschedules and notes go with their task instances."""

EVENT_TABLES = ("asset_dag_run_queue", "asset_event")
"""What runs leave behind of the assets they update; what consumed it goes with it."""


def prepare(hooks: Hooks) -> None:
    """Make this process ready to simulate; called once."""
    # One session per running task: Airflow keeps one per thread, and all our tasks share a thread.
    settings.Session.registry = ScopedRegistry(settings.Session.session_factory, scopefunc=getcurrent)

    execute_task = task_runner._execute_task

    def played(context: Any, ti: Any, log: Any) -> Any:
        hooks.play(ti.task, context)
        return execute_task(context, ti, log)

    render = AbstractOperator._do_render_template_fields

    def rendered(self: Any, parent: Any, template_fields: Any, context: Any, *args: Any, **kwargs: Any) -> None:
        if hooks.renders(context):
            render(self, parent, template_fields, context, *args, **kwargs)

    @contextmanager
    def simulated_timeout(seconds: float = 1, error_message: str = "Timeout") -> Iterator[None]:
        with hooks.deadline(seconds, AirflowTaskTimeout(f"{error_message}, after {seconds} s")):
            yield

    # Nobody looks at the rendered fields of a simulated run, and to send them is one request in three.
    task_runner._serialize_rendered_fields = lambda task: {}
    task_runner._execute_task = played
    AbstractOperator._do_render_template_fields = rendered
    worker.prepare(simulated_timeout)


def take_globals() -> Any:
    """Remove and return what Airflow keeps in globals for the task that is running."""
    taken = list(task_context._CURRENT_CONTEXT), vars(task_runner).pop("SUPERVISOR_COMMS", None)
    task_context._CURRENT_CONTEXT.clear()
    return taken


def give_globals(taken: Any) -> None:
    """Put back what `take_globals` returned."""
    contexts, comms = taken
    task_context._CURRENT_CONTEXT.clear()
    task_context._CURRENT_CONTEXT.extend(contexts)
    if comms is not None:  # a trigger has none
        task_runner.SUPERVISOR_COMMS = comms


def parse(path: Path) -> tuple[dict[str, Any], str | None]:
    """The DAGs of one file by id, and why it could not be imported (Airflow's own traceback)."""
    bag = DagBag(str(path), safe_mode=False, load_op_links=False)
    return dict(bag.dags), next(iter(bag.import_errors.values()), None)


def register(dag: Any) -> Any:
    """Write a DAG to the metadata database, unpaused, and return the DAG that the scheduler sees."""
    data = DagSerialization.to_dict(dag)
    scheduled_dag = DagSerialization.from_dict(data)
    lazy = LazyDeserializedDAG(data=data)
    with create_session() as session:
        session.merge(DagBundleModel(name=BUNDLE))
        session.flush()
        SchedulerDAG.bulk_write_to_db(BUNDLE, None, [_as_written(dag, lazy, scheduled_dag)], session=session)
        SerializedDagModel.write_dag(lazy, bundle_name=BUNDLE, session=session)
        session.query(DagModel).filter(DagModel.dag_id == dag.dag_id).update({"is_paused": False})
    worker.know(scheduled_dag)
    return scheduled_dag


def _as_written(dag: Any, lazy: Any, scheduled_dag: Any) -> Any:
    """What `bulk_write_to_db` wants: 3.0 the scheduler's DAG, later the lazy one."""
    return scheduled_dag if SchedulerDAG.__module__ == "airflow.models.dag" else lazy


def create_run(dag: Any, run_id: str, at: datetime, conf: dict[str, Any] | None) -> None:
    """Create a manual run that starts at `at`."""
    with create_session() as session:
        dag.create_dagrun(
            run_id=run_id,
            run_type=DagRunType.MANUAL,
            logical_date=at,
            data_interval=dag.timetable.infer_manual_data_interval(run_after=at),
            run_after=at,
            start_date=at,
            state=DagRunState.RUNNING,
            triggered_by=DagRunTriggeredByType.TEST,
            conf=conf,
            session=session,
        )


def decide(dag: Any, run_id: str) -> str | None:
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


def execute(dag: Any, scheduled_dag: Any, run_id: str, key: Key) -> None:
    """Run one scheduled task instance to its end, as a worker would. Raises what the task raised."""
    with create_session() as session:
        ti = _ti(session, dag.dag_id, run_id, key)
        ti.state = TaskInstanceState.QUEUED
    worker.run(ti, dag.task_dict[key.task_id])


def rows(dag_id: str, run_id: str) -> list[Row]:
    """Every task instance of a run, as the metadata database has it."""
    columns = (
        TaskInstance.task_id,
        TaskInstance.map_index,
        TaskInstance.state,
        TaskInstance.try_number,
        TaskInstance.start_date,
        TaskInstance.end_date,
        TaskInstance.trigger_id,
    )
    with create_session() as session:
        found = session.query(*columns).filter_by(dag_id=dag_id, run_id=run_id).all()
    return [Row(Key(r[0], r[1]), str(r[2]) if r[2] else None, *r[3:]) for r in found]


def runs(dag_id: str) -> list[RunRow]:
    """Every run of a DAG, as the metadata database has it, oldest first."""
    columns = DagRun.run_id, DagRun.state, DagRun.start_date, DagRun.end_date, DagRun.logical_date
    with create_session() as session:
        found = session.query(*columns).filter_by(dag_id=dag_id).order_by(DagRun.id).all()
    return [RunRow(run_id, str(state), *dates) for run_id, state, *dates in found]


def run_state(dag_id: str, run_id: str) -> str:
    """The state of a run."""
    with create_session() as session:
        return str(_run(session, dag_id, run_id).state)


def due(dag: Any) -> list[datetime]:
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


def trigger(trigger_id: int) -> Any:
    """The trigger object behind a deferral."""
    with create_session() as session:
        row = session.get(Trigger, trigger_id)
        return resolve_name(row.classpath)(**row.kwargs)


def fail_trigger(trigger_id: int, error: Exception) -> None:
    """Tell Airflow that a trigger raised an error."""
    with create_session() as session:
        Trigger.submit_failure(trigger_id, error, session=session)


def fire(trigger_id: int, payload: Any) -> None:
    """Tell Airflow that a trigger fired."""
    with create_session() as session:
        Trigger.submit_event(trigger_id, TriggerEvent(payload), session=session)


def xcoms(dag_id: str, run_id: str) -> dict[tuple[Key, str], Any]:
    """Every XCom of a run, deserialised, by task instance and key."""
    with create_session() as session:
        columns = XComModel.task_id, XComModel.map_index, XComModel.key, XComModel.value
        found = session.query(*columns).filter_by(dag_id=dag_id, run_id=run_id).all()
    return {(Key(x.task_id, x.map_index), x.key): BaseXCom.deserialize_value(x) for x in found}


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
    return session.query(TaskReschedule).filter_by(ti_id=ti.id).order_by(TaskReschedule.id.desc()).first()
