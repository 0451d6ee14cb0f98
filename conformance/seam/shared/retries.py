"""Every Airflow: how long it waits between the tries of a task, asked of it and not played."""

from __future__ import annotations

from datetime import datetime
from inspect import signature

from airflow.models import DagRun, TaskInstance

from conformance.seam.api import ScheduledDag

_VERSIONED = "dag_version_id" in signature(TaskInstance.__init__).parameters
_DATE = "logical_date" if "logical_date" in DagRun.__table__.c else "execution_date"


def retry_waits(dag: ScheduledDag, task_id: str, at: datetime) -> list[float]:
    """The seconds before each retry of a task in a run of that date, if every try fails at once."""
    task = dag.get_task(task_id)
    run = DagRun(dag_id=dag.dag_id, run_id=f"manual__{at.isoformat()}")
    setattr(run, _DATE, at)
    # Both are objects of no session, so nothing of this is ever written.
    ti = TaskInstance(task, run_id=run.run_id, **({"dag_version_id": None} if _VERSIONED else {}))
    ti.task, ti.dag_run, ti.end_date = task, run, at
    waits = []
    for number in range(1, int(task.retries or 0) + 1):
        ti.try_number = number  # as it is after so many tries
        waits.append((ti.next_retry_datetime() - at).total_seconds())
    return waits
