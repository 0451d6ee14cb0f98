"""Every Airflow: what the scheduler modules of both lines have in common."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from airflow.callbacks.callback_requests import DagCallbackRequest
from airflow.executors.base_executor import BaseExecutor
from airflow.models import DagModel
from airflow.models import dag as dag_module
from airflow.models import dagrun as dagrun_module
from airflow.models.dagrun import DagRun
from airflow.models.pool import Pool
from airflow.utils.session import create_session
from sqlalchemy import func

from conformance.seam.api import Key, RunKey, ScheduledDag

SLOTS_OF_A_POOL = 128
"""As many as Airflow gives its default pool; nobody told us how many another one has."""


class Executor(BaseExecutor):
    """Has slots, notes what it is given, and reports what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[RunKey, Any] = {}
        self._queued: list[RunKey] = []
        self._called: list[tuple[str, str]] = []

    def take(self, ti: Any) -> None:
        """A task instance is handed over; it is on a worker at once."""
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
        """What callbacks were asked for since the last call: run id, name."""
        called, self._called = self._called, []
        return called


def only(dag: ScheduledDag) -> None:
    """Pause every other DAG, and let the pools that this one names exist."""
    with create_session() as session:
        session.query(DagModel).update({"is_paused": DagModel.dag_id != dag.dag_id}, synchronize_session=False)
        pools = {pool for (pool,) in session.query(Pool.pool)}
    for name in sorted({task.pool for task in dag.tasks} - pools):
        Pool.create_or_update_pool(name, slots=SLOTS_OF_A_POOL, description="", include_deferred=False)


class SchedulerOfOneDag:
    """What a scheduler of either line answers from its executor and the database. Subclasses set both attributes."""

    _dag_id: str
    _executor: Executor

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


def look_at_all_runs_on_simulated_time() -> None:
    """Let one pass of the scheduler look at every run, and the simulated clock be the database's."""
    DagRun.DEFAULT_DAGRUNS_TO_EXAMINE = 10**6
    dag_module.func = dagrun_module.func = _SimulatedNow()


class _SimulatedNow:
    """SQLAlchemy's `func`, but the database's clock is the simulated one."""

    def __getattr__(self, name: str) -> Any:
        return getattr(func, name)

    def now(self) -> datetime:
        """The simulated instant."""
        return datetime.now(timezone.utc)
