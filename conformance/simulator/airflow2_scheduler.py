"""
Airflow 2: the real scheduler, one pass of its loop at a time, over an executor that runs nothing itself.

`airflow3_scheduler` has the same names.
"""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from airflow import settings
from airflow.callbacks.callback_requests import DagCallbackRequest
from airflow.executors.base_executor import BaseExecutor
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import DagModel, DagRun
from airflow.models import dag as dag_module
from airflow.models import dagrun as dagrun_module
from airflow.utils.session import create_session
from sqlalchemy import func

from conformance.simulator.seam import Key, RunKey

ONE_EXECUTOR_ONLY = not hasattr(SchedulerJobRunner, "_executor_to_tis")
"""Before 2.10 a scheduler has one executor, and asks none of several for its events."""


class Scheduler:
    """
    The scheduler, for one simulation of one DAG.

    Every other DAG is paused. With `schedules` the DAG's schedule begins anew, now.
    """

    def __init__(self, dag: Any, schedules: bool) -> None:
        self._dag_id = dag.dag_id
        self._runner = _runner()
        self._executor = _Executor()
        self._runner.job.executor, self._runner.job.executors = self._executor, [self._executor]
        self._runner.dagbag.dags.pop(dag.dag_id, None)  # a DAG of that name may have been another one
        with create_session() as session:
            session.query(DagModel).update({"is_paused": DagModel.dag_id != dag.dag_id}, synchronize_session=False)
            if schedules:
                session.get(DagModel, dag.dag_id).calculate_dagrun_date_fields(dag, None)

    def one_pass(self, create_runs: bool) -> list[tuple[str, str]]:
        """One pass of the scheduler's loop. The DAG callbacks it asks for: run id, name."""
        settings.USE_JOB_SCHEDULE = create_runs
        with create_session() as session:
            self._runner._do_scheduling(session)
            session.expunge_all()
            if ONE_EXECUTOR_ONLY:
                self._runner._process_executor_events(session=session)
            else:
                self._runner._process_executor_events(executor=self._executor, session=session)
        return self._executor.called_since()

    def handed_over(self) -> list[RunKey]:
        """The task instances handed to the executor since the last call, in that order."""
        return self._executor.queued_since()

    def ended(self, key: RunKey, state: str | None) -> None:
        """The executor reports that it is done with a task instance, whose state is now `state`."""
        self._executor.report(key, state)

    def next_creation(self) -> datetime | None:
        """When the next scheduled run is to be created."""
        with create_session() as session:
            return session.get(DagModel, self._dag_id).next_dagrun_create_after  # type: ignore[no-any-return]


def time_out_triggers() -> None:
    """Let Airflow fail the deferrals whose timeout has passed."""
    with create_session() as session:
        _runner().check_trigger_timeouts(session=session)


class _Executor(BaseExecutor):
    """Has slots, notes what it is given, and reports what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[RunKey, Any] = {}
        self._queued: list[RunKey] = []
        self._called: list[tuple[str, str]] = []

    def queue_command(self, task_instance: Any, command: Any, priority: int = 1, queue: str | None = None) -> None:
        """A task instance is handed over; it is on a worker at once."""
        ti = task_instance
        key = RunKey(ti.run_id, Key(ti.task_id, ti.map_index))
        self._keys[key] = ti.key
        self._queued.append(key)
        self.running.add(ti.key)

    def report(self, key: RunKey, state: str | None) -> None:
        """A task instance has left its worker."""
        (self.fail if state in ("failed", "up_for_retry") else self.success)(self._keys.pop(key))

    def send_callback(self, request: Any) -> None:
        """The scheduler wants a callback to be run; those of tasks do not come from it."""
        if isinstance(request, DagCallbackRequest):
            name = "on_failure_callback" if request.is_failure_callback else "on_success_callback"
            self._called.append((request.run_id, name))

    def queued_since(self) -> list[RunKey]:
        """What was handed over since the last call."""
        queued, self._queued = self._queued, []
        return queued

    def called_since(self) -> list[tuple[str, str]]:
        """What callbacks were asked for since the last call."""
        called, self._called = self._called, []
        return called


class _Runner(SchedulerJobRunner):
    """The scheduler, with one executor in the place of any that a task may name."""

    def _try_to_load_executor(self, *args: Any, **kwargs: Any) -> Any:
        return self.job.executor


class _SimulatedNow:
    """SQLAlchemy's `func`, but the database's clock is the simulated one."""

    def __getattr__(self, name: str) -> Any:
        return getattr(func, name)

    def now(self) -> datetime:
        """The simulated instant."""
        return datetime.now(timezone.utc)


@lru_cache(maxsize=1)
def _runner() -> Any:
    """The scheduler of this process. Its job has a number but no row: nobody but it looks."""
    job = Job()
    job.id = 1
    runner = _Runner(job)
    runner._standalone_dag_processor = True  # there is no parsing process to talk to
    settings.MIN_SERIALIZED_DAG_FETCH_INTERVAL = 10**9  # DAGs do not change while simulated time goes by
    DagRun.DEFAULT_DAGRUNS_TO_EXAMINE = 10**6  # one pass looks at all runs
    dag_module.func = dagrun_module.func = _SimulatedNow()
    return runner
