"""
Airflow 3.0 to 3.3: everything of the simulator that touches Airflow's internals.

`line2` has the same functions. Nothing here decides: each function asks the installed Airflow, or tells it what
happened.
"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from airflow.models import DagModel, TaskInstance
from airflow.models.dagbundle import DagBundleModel
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.xcom import XComModel
from airflow.providers.standard.operators import python as python_operators
from airflow.providers.standard.operators.branch import BaseBranchOperator
from airflow.providers.standard.operators.latest_only import LatestOnlyOperator
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG, BaseOperator, BaseSensorOperator, PokeReturnValue, task_group
from airflow.sdk.definitions._internal.abstractoperator import AbstractOperator
from airflow.sdk.definitions.xcom_arg import MapXComArg
from airflow.sdk.execution_time import context as task_context
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.xcom import XCom
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.types import DagRunTriggeredByType, DagRunType

from conformance.seam.api import Dag, Hooks, Key, ScheduledDag
from conformance.seam.line3 import no_database as fence
from conformance.seam.line3 import worker
from conformance.seam.line3.scheduler import Scheduler, time_out_triggers
from conformance.seam.line3.worker import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
    DownstreamTasksSkipped,
    TaskDeferred,
    triggerer,
)
from conformance.seam.shared.internals import (
    TriggerEvent,
    clear,
    convert_for,
    decide,
    due,
    end_trigger,
    one_session_per_task,
    read_xcom,
    render_for,
    rows,
    runs,
    simulated_timeout,
    taken_for_empty,
    trigger,
    trigger_rules,
    xcom_backend,
    xcom_sizes,
)
from conformance.seam.shared.retries import retry_waits
from conformance.seam.shared.rows import forget, put_back, stored
from conformance.seam.shared.simulated_trigger import SimulatedTrigger
from conformance.seam.shared.stored_settings import settings

try:  # 3.2 and later: serialisation and the DAG that the scheduler sees are two classes
    from airflow.serialization.definitions.dag import SerializedDAG as SchedulerDAG
    from airflow.serialization.serialized_objects import DagSerialization, LazyDeserializedDAG
except ImportError:
    from airflow.serialization.serialized_objects import LazyDeserializedDAG
    from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization

    if "bulk_write_to_db" in vars(DagSerialization):  # 3.1; in 3.0 it is inherited
        SchedulerDAG = DagSerialization
    else:  # 3.0
        from airflow.models.dag import DAG as SchedulerDAG

__all__ = [
    "BRANCH_OPERATORS",
    "BRANCH_PYTHON_OPERATORS",
    "DAG",
    "NO_ERRORS",
    "AirflowFailException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "AirflowTaskTimeout",
    "BaseOperator",
    "BaseSensorOperator",
    "LatestOnlyOperator",
    "PokeReturnValue",
    "PythonOperator",
    "Scheduler",
    "ShortCircuitOperator",
    "SimulatedTrigger",
    "TaskDeferred",
    "TriggerEvent",
    "clear",
    "create_run",
    "decide",
    "due",
    "end_trigger",
    "execute",
    "forget",
    "give_globals",
    "prepare",
    "put_back",
    "register",
    "retry_waits",
    "rows",
    "runs",
    "settings",
    "stored",
    "take_globals",
    "taken_for_empty",
    "task_group",
    "time_out_triggers",
    "trigger",
    "trigger_rules",
    "triggerer",
    "xcom_backend",
    "xcom_sizes",
    "xcoms",
]

try:  # from 3.2 on beside the provider's own class, of which the provider's operators then are not
    from airflow.sdk.bases.branch import BaseBranchOperator as SdkBranchOperator
except ImportError:
    SdkBranchOperator = BaseBranchOperator

BRANCH_OPERATORS = (BaseBranchOperator, SdkBranchOperator)
BRANCH_PYTHON_OPERATORS = tuple(
    found for name, found in vars(python_operators).items() if name.startswith("Branch") and name.endswith("Operator")
)

NO_ERRORS = (TaskDeferred, AirflowRescheduleException, DownstreamTasksSkipped)
"""What a task raises to say something other than that it failed."""

AirflowSensorTimeout = vars(sys.modules[BaseSensorOperator.__module__])["AirflowSensorTimeout"]

BUNDLE = "conformance"


def prepare(hooks: Hooks) -> None:
    """Make this process ready to simulate; called once."""
    one_session_per_task()
    render_for(hooks, AbstractOperator)
    convert_for(hooks, MapXComArg)
    execute_task = task_runner._execute_task

    def played(context: Any, ti: Any, log: Any) -> Any:
        hooks.play(ti.task, context)
        return execute_task(context, ti, log)

    # Nobody looks at the rendered fields of a simulated run, and to send them is one request in three.
    task_runner._serialize_rendered_fields = lambda task: {}
    task_runner._execute_task = played
    worker.prepare(simulated_timeout(hooks, AirflowTaskTimeout))


def take_globals() -> Any:
    """Remove and return what Airflow keeps in globals for the task that is running."""
    taken = list(task_context._CURRENT_CONTEXT), vars(task_runner).pop("SUPERVISOR_COMMS", None), fence.move(False)
    task_context._CURRENT_CONTEXT.clear()
    return taken


def give_globals(taken: Any) -> None:
    """Put back what `take_globals` returned."""
    contexts, comms, fenced = taken
    fence.move(fenced)
    task_context._CURRENT_CONTEXT.clear()
    task_context._CURRENT_CONTEXT.extend(contexts)
    if comms is not None:  # a script that a task has started has none
        task_runner.SUPERVISOR_COMMS = comms


def register(dag: Dag) -> ScheduledDag:
    """Write a DAG to the metadata database, unpaused, and return the DAG that the scheduler sees."""
    data = DagSerialization.to_dict(dag)
    scheduled_dag: ScheduledDag = DagSerialization.from_dict(data)
    lazy = LazyDeserializedDAG(data=data)
    with create_session() as session:
        session.merge(DagBundleModel(name=BUNDLE))
        session.flush()
        SchedulerDAG.bulk_write_to_db(BUNDLE, None, [_as_written(dag, lazy, scheduled_dag)], session=session)
        SerializedDagModel.write_dag(lazy, bundle_name=BUNDLE, session=session)
        session.query(DagModel).filter(DagModel.dag_id == dag.dag_id).update({"is_paused": False})
    worker.know(scheduled_dag)
    return scheduled_dag


def _as_written(dag: Dag, lazy: Any, scheduled_dag: ScheduledDag) -> Any:
    """What `bulk_write_to_db` wants: 3.0 the scheduler's DAG, later the lazy one."""
    return scheduled_dag if SchedulerDAG.__module__ == "airflow.models.dag" else lazy


def create_run(dag: ScheduledDag, run_id: str, at: datetime, conf: dict[str, Any] | None) -> None:
    """Create a run that starts at `at`, of the type that its id tells."""
    with create_session() as session:
        dag.create_dagrun(
            run_id=run_id,
            run_type=DagRunType.from_run_id(run_id),
            logical_date=at,
            data_interval=dag.timetable.infer_manual_data_interval(run_after=at),
            run_after=at,
            start_date=at,
            state=DagRunState.RUNNING,
            triggered_by=DagRunTriggeredByType.TEST,
            conf=conf,
            session=session,
        )


def execute(dag: Dag, scheduled_dag: ScheduledDag, run_id: str, key: Key) -> None:
    """Run one scheduled task instance to its end, as a worker would. Raises what the task raised."""
    table = TaskInstance.__table__
    this = {"dag_id": dag.dag_id, "run_id": run_id, "task_id": key.task_id, "map_index": key.map_index}
    here = [table.c[name] == value for name, value in this.items()]
    with create_session() as session:
        session.execute(table.update().where(*here).values(state=TaskInstanceState.QUEUED))
        row = session.execute(table.select().where(*here)).mappings().one()
    worker.run(row, dag.task_dict[key.task_id])


def xcoms(dag_id: str, run_id: str) -> dict[tuple[Key, str], Any]:
    """Every XCom of a run, deserialised, by task instance and key."""
    with create_session() as session:
        columns = XComModel.task_id, XComModel.map_index, XComModel.key, XComModel.value
        found = session.query(*columns).filter_by(dag_id=dag_id, run_id=run_id).all()
    return {(Key(x.task_id, x.map_index), x.key): read_xcom(XCom.deserialize_value, x) for x in found}
