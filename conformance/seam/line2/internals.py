"""
Airflow 2.7 to 2.11: everything of the simulator that touches Airflow's internals.

`line3` has the same functions. Nothing here decides: each function asks the installed Airflow, or tells it what
happened.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import datetime
from typing import Any, cast

from airflow.decorators import task_group
from airflow.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferred,
)
from airflow.models import DAG, BaseOperator, DagModel, TaskInstance, XCom, taskinstance
from airflow.models.abstractoperator import AbstractOperator
from airflow.models.renderedtifields import RenderedTaskInstanceFields
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.xcom_arg import MapXComArg
from airflow.operators import python as python_operators
from airflow.operators.branch import BaseBranchOperator
from airflow.operators.latest_only import LatestOnlyOperator
from airflow.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sensors.base import BaseSensorOperator, PokeReturnValue
from airflow.utils import task_instance_session
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.timezone import coerce_datetime
from airflow.utils.types import DagRunType

from conformance.seam.api import Dag, Hooks, Key, ScheduledDag
from conformance.seam.line2.scheduler import Scheduler, time_out_triggers
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
    row_of_ti,
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

BRANCH_OPERATORS = (BaseBranchOperator,)
BRANCH_PYTHON_OPERATORS = tuple(
    found for name, found in vars(python_operators).items() if name.startswith("Branch") and name.endswith("Operator")
)

NO_ERRORS = (TaskDeferred, AirflowRescheduleException)
"""What a task raises to say something other than that it failed."""

triggerer = nullcontext
"""What surrounds a trigger that runs: it needs no supervisor."""
AirflowSensorTimeout = vars(sys.modules[BaseSensorOperator.__module__])["AirflowSensorTimeout"]

SESSION_OF_TASK = "__current_task_instance_session"


def prepare(hooks: Hooks) -> None:
    """Make this process ready to simulate; called once."""
    one_session_per_task()
    render_for(hooks, AbstractOperator)
    convert_for(hooks, MapXComArg)
    render_templates = TaskInstance.render_templates

    def played(self: Any, context: Any = None, *args: Any, **kwargs: Any) -> Any:
        # What comes after the templates, beginning with pre_execute and on_execute_callback, is the user's code.
        task_orig = render_templates(self, context, *args, **kwargs)
        if context is not None:
            hooks.play(self.task, context)
        return task_orig

    # Nobody looks at the rendered fields of a simulated run, and to write them is an eighth of the work.
    RenderedTaskInstanceFields.write = RenderedTaskInstanceFields.delete_old_records = lambda *_, **__: None
    TaskInstance.render_templates = played
    taskinstance.timeout = simulated_timeout(hooks, AirflowTaskTimeout)


def take_globals() -> Any:
    """Remove and return what Airflow keeps in globals for the task that is running."""
    session = vars(task_instance_session)[SESSION_OF_TASK]
    context = list(taskinstance._CURRENT_CONTEXT)
    give_globals(([], None))
    return context, session


def give_globals(taken: Any) -> None:
    """Put back what `take_globals` returned."""
    taskinstance._CURRENT_CONTEXT[:], vars(task_instance_session)[SESSION_OF_TASK] = taken


def register(dag: Dag) -> ScheduledDag:
    """Write a DAG to the metadata database, unpaused, and return the DAG that the scheduler sees."""
    with create_session() as session:
        DAG.bulk_write_to_db([dag], session=session)
        SerializedDagModel.write_dag(dag, session=session)
        session.query(DagModel).filter(DagModel.dag_id == dag.dag_id).update({"is_paused": False})
    return cast("ScheduledDag", dag)


def create_run(dag: ScheduledDag, run_id: str, at: datetime, conf: dict[str, Any] | None) -> None:
    """Create a run that starts at `at`, of the type that its id tells."""
    run_type = DagRunType.from_run_id(run_id)
    at = coerce_datetime(at)  # timetables ask it for more than Python's own class knows
    with create_session() as session:
        dag.create_dagrun(
            run_id=run_id,
            run_type=run_type,
            execution_date=at,
            data_interval=dag.timetable.infer_manual_data_interval(run_after=at),
            start_date=at,
            state=DagRunState.RUNNING,
            external_trigger=run_type == DagRunType.MANUAL,
            conf=conf,
            dag_hash=SerializedDagModel.get_latest_version_hash(dag.dag_id, session=session),
            session=session,
        )


def execute(dag: Dag, scheduled_dag: ScheduledDag, run_id: str, key: Key) -> None:
    """Run one scheduled task instance to its end, as a worker would. Raises what the task raised."""
    with create_session() as session:
        ti = row_of_ti(session, dag.dag_id, run_id, key)
        ti.state = TaskInstanceState.QUEUED
    ti.task = dag.get_task(key.task_id)
    # A worker looks at the limits once more; who decided has done so, or (depth "run") knows of none.
    if ti.check_and_change_state_before_execution(ignore_all_deps=True):
        ti._run_raw_task()


def xcoms(dag_id: str, run_id: str) -> dict[tuple[Key, str], Any]:
    """Every XCom of a run, deserialised, by task instance and key."""
    with create_session() as session:
        columns = XCom.task_id, XCom.map_index, XCom.key, XCom.value
        found = session.query(*columns).filter_by(dag_id=dag_id, run_id=run_id).all()
        return {(Key(x.task_id, x.map_index), x.key): read_xcom(XCom.deserialize_value, x) for x in found}
