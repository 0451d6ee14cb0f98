"""
The two depths of a simulation: who decides what starts, and when there is something to decide again.

Each of them answers the questions of the loop in `simulation`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from conformance.seam.api import Dag, Key, RunKey, ScheduledDag, airflow
from conformance.simulator.clock import NUDGE
from conformance.simulator.run_in_progress import TrackedRun
from conformance.simulator.schedule import Schedule


class Depth(Protocol):
    """Who decides."""

    def decide(self) -> list[tuple[str, str]]:
        """Let Airflow decide once. The DAG callbacks it asks for: run id, name."""

    def ready(self, runs: Iterable[TrackedRun]) -> list[RunKey]:
        """The task instances that are to start now, in this order."""

    def ended(self, key: RunKey, state: str | None) -> None:
        """A task instance that was started has left its worker."""

    def due(self, runs: Iterable[TrackedRun]) -> list[datetime]:
        """Instants at which there is something to decide that no task instance brings about."""

    def goes_on(self) -> bool:
        """Whether the last decision has something to follow it at once, though no run or task instance changed."""

    def more_to_come(self) -> bool:
        """Whether further runs will be created."""


class ByRun:
    """Depth "run": `DagRun.update_state` decides on each run, and what it schedules starts."""

    def __init__(self, dag: Dag, scheduled_dag: ScheduledDag, run_ids: list[str]) -> None:
        self._order = {task_id: place for place, task_id in enumerate(dag.task_dict)}
        self._scheduled_dag = scheduled_dag
        self._run_ids = run_ids

    def decide(self) -> list[tuple[str, str]]:
        """Let Airflow decide once, on one run after the other."""
        called = [(run_id, airflow().decide(self._scheduled_dag, run_id)) for run_id in self._run_ids]
        return [(run_id, name) for run_id, name in called if name]

    def ready(self, runs: Iterable[TrackedRun]) -> list[RunKey]:
        """Every scheduled task instance, in the order in which the DAG defines them."""

        def place(key: Key) -> tuple[int, int]:
            return self._order[key.task_id], key.map_index

        return [
            RunKey(run.row.run_id, key)
            for run in runs
            for key in sorted((key for key, row in run.rows.items() if row.state == "scheduled"), key=place)
        ]

    def ended(self, key: RunKey, state: str | None) -> None:
        """Nobody keeps count here."""

    def due(self, runs: Iterable[TrackedRun]) -> list[datetime]:
        """Nothing: timeouts of runs and schedules are the scheduler's."""
        return []

    def goes_on(self) -> bool:
        """Nothing is decided that the runs do not show."""
        return False

    def more_to_come(self) -> bool:
        """All runs are there from the beginning."""
        return False


class ByScheduler:
    """
    Depth "scheduler": Airflow's scheduler decides, and what it hands to its executor starts.

    With `until` it also creates the scheduled runs that are due up to then, at most so many; without, none.
    """

    def __init__(self, scheduled_dag: ScheduledDag, until: datetime | None, most: int | None = None) -> None:
        self._dag = scheduled_dag
        self._scheduler = airflow().Scheduler(scheduled_dag, schedules=until is not None)
        self._schedule = Schedule(self._scheduler, scheduled_dag.dag_id, until, most) if until else None

    def decide(self) -> list[tuple[str, str]]:
        """One pass of the scheduler's loop."""
        if self._schedule is None:
            return self._scheduler.one_pass(create_runs=False)
        called = self._scheduler.one_pass(create_runs=self._schedule.is_due())
        self._schedule.look()
        return called

    def ready(self, runs: Iterable[TrackedRun]) -> list[RunKey]:
        """What the scheduler handed over, in its order."""
        return self._scheduler.handed_over()

    def ended(self, key: RunKey, state: str | None) -> None:
        """The executor reports to the scheduler."""
        self._scheduler.ended(key, state)

    def due(self, runs: Iterable[TrackedRun]) -> list[datetime]:
        """Timeouts of runs, and the next scheduled run."""
        timeout = self._dag.dagrun_timeout
        running = [run.row.start for run in runs if run.row.state == "running" and run.row.start]
        instants = [start + timeout for start in running] if timeout else []
        return [*instants, self._schedule.upcoming + NUDGE] if self._schedule and self._schedule.upcoming else instants

    def goes_on(self) -> bool:
        """Whether the schedule has moved: Airflow 2 goes through the runs it has created, once more, one at a time."""
        return self._schedule is not None and self._schedule.has_moved

    def more_to_come(self) -> bool:
        """Whether the schedule has another run up to `until`."""
        return self._schedule is not None and self._schedule.upcoming is not None
