"""One run while it is being simulated: what was seen of it so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from conformance.errors import NotSimulated
from conformance.seam.api import Dag, Key, Row, RunRow, airflow
from conformance.simulator.player import Player
from conformance.simulator.run import FINISHED, SimulatedRun, Stint


class TrackedRun:
    """A run with its rows as last seen. `row` is the run's own; whoever reads runs gives it to `saw`."""

    def __init__(self, dag: Dag, row: RunRow, player: Player, now: Callable[[], datetime]) -> None:
        self._dag = dag
        self._now = now
        self._stints: list[tuple[Key, int, datetime, datetime, str | None]] = []
        self._history: list[tuple[datetime, Key, str | None]] = []
        self._started: dict[Key, datetime] = {}
        self._start: datetime | None = None
        self.saw(row)
        self.player = player
        self.rows: dict[Key, Row] = {}

    def saw(self, row: RunRow) -> None:
        """The run's own row has changed. A run that is cleared starts again; times are counted from its first start."""
        self.row = row
        self._start = self._start or row.start

    @property
    def ended(self) -> bool:
        """Whether Airflow has ended the run."""
        return self.row.state in ("success", "failed")

    def look(self) -> list[Row]:
        """Read the task instances; those whose state or trigger changed since the last look."""
        seen, self.rows = self.rows, {r.key: r for r in airflow().rows(self._dag.dag_id, self.row.run_id)}
        changed = []
        for key, row in self.rows.items():
            before = seen.get(key)
            if before is None or before.state != row.state:
                self._history.append((self._now(), key, row.state))
            if before is None or (before.state, before.trigger_id) != (row.state, row.trigger_id):
                changed.append(row)
        return changed

    def takes_up(self, news: list[Row]) -> None:
        """The run takes up where an earlier one was; what was seen there of its task instances, in order."""
        self._history += [(self._now(), row.key, row.state) for row in news]
        self.rows |= {row.key: row for row in news}

    def task_starts(self, key: Key) -> None:
        """A task instance starts on its worker."""
        self._started[key] = self._now()

    def task_ends(self, key: Key) -> None:
        """A task instance leaves its worker."""
        row = self.rows[key]
        try_number = self.player.notes.tries.get(key, row.try_number)
        self._stints.append((key, try_number, self._started.pop(key), self._now(), row.state))

    def at_work(self, key: Key) -> bool:
        """Whether a task instance is on a worker."""
        return key in self._started

    def waiting(self) -> list[str]:
        """The task instances that are not finished, each with its state."""
        return [f"{key} ({row.state or 'none'})" for key, row in self.rows.items() if row.state not in FINISHED]

    def result(self, end: str) -> SimulatedRun:
        """
        What happened. `end` says why the simulation ended before the run; tasks still at work count until now.

        Raises NotSimulated if that tells nothing.
        """
        if self.player.sensors.refused:
            raise NotSimulated(self.player.sensors.refused)
        for key in list(self._started):
            self.task_ends(key)
        notes = self.player.notes
        sizes = airflow().xcom_sizes(self._dag.dag_id, self.row.run_id)
        start = self._start or self._now()

        def since(instant: datetime) -> float:
            return round((instant - start).total_seconds(), 3)

        return SimulatedRun(
            dag_id=self._dag.dag_id,
            run_id=self.row.run_id,
            logical_date=self.row.logical_date,
            data_interval=(self.row.interval_start, self.row.interval_end),
            state=self.row.state,
            end="finished" if self.ended else end,
            started=start - timedelta(microseconds=start.microsecond % 1000),
            seconds=since(self.row.end or self._now()),
            states={key: row.state for key, row in self.rows.items()},
            rules={
                task.task_id: (
                    getattr(task.trigger_rule, "value", task.trigger_rule),
                    tuple(sorted(task.upstream_task_ids)),
                )
                for task in self._dag.tasks
            },
            stints=[Stint(key, n, since(begin), since(end), state) for key, n, begin, end, state in self._stints],
            history=[(since(at), key, state) for at, key, state in self._history],
            poked={key: [since(at) for at in pokes] for key, pokes in notes.pokes.items()},
            called=[(since(at), key, name) for at, key, name in notes.callbacks],
            errors=dict(notes.errors),
            xcoms=airflow().xcoms(self._dag.dag_id, self.row.run_id) if sizes else {},
            xcom_sizes=sizes,
            received=dict(notes.arguments),
            pulls=dict(notes.pulled),
        )
