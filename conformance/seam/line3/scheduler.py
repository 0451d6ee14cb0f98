"""
Airflow 3: the real scheduler, one pass of its loop at a time, over an executor that runs nothing itself.

`line2.scheduler` has the same names.
"""

from __future__ import annotations

from functools import lru_cache
from inspect import signature
from typing import Any

from airflow import settings
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import DagModel
from airflow.utils.session import create_session

from conformance.seam.api import ScheduledDag
from conformance.seam.shared.scheduler import Executor, SchedulerOfOneDag, look_at_all_runs_on_simulated_time, only

EXECUTORS_OF_JOB = "executors" not in signature(SchedulerJobRunner).parameters
"""Before 3.2 the executors are the job's, not the scheduler's."""

REMEMBERS_HOW_MANY_RUN = hasattr(SchedulerJobRunner, "_set_exceeds_max_active_runs")
"""From 3.2 on the row of a DAG says whether as many runs are active as may be."""

LAST_RUN = list(signature(DagModel.calculate_dagrun_date_fields).parameters)[-1]
"""What this version calls the run after which the next one is calculated."""


class Scheduler(SchedulerOfOneDag):
    """
    The scheduler, for one simulation of one DAG.

    Every other DAG is paused. With `schedules` the DAG's schedule begins anew, now.
    """

    def __init__(self, dag: ScheduledDag, schedules: bool) -> None:
        self._dag_id = dag.dag_id
        self._runner = _runner()
        self._executor = _Executor()
        owner = self._runner.job if EXECUTORS_OF_JOB else self._runner
        owner.executors = [self._executor]
        self._runner.executor = self._executor
        self._runner.scheduler_dag_bag._dags.clear()  # a DAG of that name may have been another one
        only(dag)
        if schedules:
            with create_session() as session:
                model = session.get(DagModel, dag.dag_id)
                model.calculate_dagrun_date_fields(dag=dag, **{LAST_RUN: None})
                if REMEMBERS_HOW_MANY_RUN:  # an earlier simulation may have stopped while as many ran as may
                    self._runner._set_exceeds_max_active_runs(dag_model=model, session=session)

    def one_pass(self, create_runs: bool) -> list[tuple[str, str]]:
        """One pass of the scheduler's loop. The DAG callbacks it asks for: run id, name."""
        settings.USE_JOB_SCHEDULE = self._runner._scheduler_use_job_schedule = create_runs  # up to 3.1; from 3.2
        with create_session() as session:
            self._runner._do_scheduling(session)
            session.expunge_all()
        with create_session() as session:
            self._runner._process_executor_events(executor=self._executor, session=session)
        return self._executor.called_since()


def time_out_triggers() -> None:
    """Let Airflow fail the deferrals whose timeout has passed."""
    with create_session() as session:
        _runner().check_trigger_timeouts(session=session)


class _Executor(Executor):
    jwt_generator = None  # its workers need no token

    def queue_workload(self, workload: Any, session: Any) -> None:
        """A task instance is handed over."""
        self.take(workload.ti)


class _Runner(SchedulerJobRunner):
    """The scheduler, with one executor in the place of any that a task may name."""

    def _try_to_load_executor(self, *args: Any, **kwargs: Any) -> Any:
        return self.executor


@lru_cache(maxsize=1)
def _runner() -> Any:
    """The scheduler of this process. Its job has a number but no row: nobody but it looks."""
    job = Job()
    job.id = 1
    runner = _Runner(job) if EXECUTORS_OF_JOB else _Runner(job, executors=[_Executor()])
    look_at_all_runs_on_simulated_time()
    return runner
