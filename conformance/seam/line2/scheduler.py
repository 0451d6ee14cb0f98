"""
Airflow 2: the real scheduler, one pass of its loop at a time, over an executor that runs nothing itself.

`line3.scheduler` has the same names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from airflow import settings
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import DagModel
from airflow.utils.session import create_session

from conformance.seam.api import ScheduledDag
from conformance.seam.shared.scheduler import Executor, SchedulerOfOneDag, look_at_all_runs_on_simulated_time, only

ONE_EXECUTOR_ONLY = not hasattr(SchedulerJobRunner, "_executor_to_tis")
"""Before 2.10 a scheduler has one executor, and asks none of several for its events."""


class Scheduler(SchedulerOfOneDag):
    """
    The scheduler, for one simulation of one DAG.

    Every other DAG is paused. With `schedules` the DAG's schedule begins anew, now.
    """

    def __init__(self, dag: ScheduledDag, schedules: bool) -> None:
        self._dag_id = dag.dag_id
        self._runner = _runner()
        self._executor = _Executor()
        self._runner.job.executor, self._runner.job.executors = self._executor, [self._executor]
        self._runner.dagbag.dags.pop(dag.dag_id, None)  # a DAG of that name may have been another one
        only(dag)
        if schedules:
            with create_session() as session:
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


def time_out_triggers() -> None:
    """Let Airflow fail the deferrals whose timeout has passed."""
    with create_session() as session:
        _runner().check_trigger_timeouts(session=session)


class _Executor(Executor):
    def queue_command(self, task_instance: Any, command: Any, priority: int = 1, queue: str | None = None) -> None:
        """A task instance is handed over."""
        self.take(task_instance)


class _Runner(SchedulerJobRunner):
    """The scheduler, with one executor in the place of any that a task may name."""

    def _try_to_load_executor(self, *args: Any, **kwargs: Any) -> Any:
        return self.job.executor


@lru_cache(maxsize=1)
def _runner() -> Any:
    """The scheduler of this process. Its job has a number but no row: nobody but it looks."""
    job = Job()
    job.id = 1
    runner = _Runner(job)
    runner._standalone_dag_processor = True  # there is no parsing process to talk to
    settings.MIN_SERIALIZED_DAG_FETCH_INTERVAL = 10**9  # DAGs do not change while simulated time goes by
    look_at_all_runs_on_simulated_time()
    return runner
