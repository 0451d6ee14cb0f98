"""
How runs of one DAG begin: a run takes up where an earlier one was before anything was played in it.

Until a task starts on a worker, all that Airflow decides follows from the DAG and from which tasks it takes for
EmptyOperators, and that it asks of a task when it is about to start it. So a run is as far on after so many passes as
any other in which the tasks that were touched are the same: what it has in the database can be put back there.
"""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

from conformance.seam.api import Key, Row, ScheduledDag, Stored, airflow
from conformance.simulator.run import FINISHED


class Moment(NamedTuple):
    """A run after a pass: what that pass wrote, what a look at it found changed, and which tasks are touched by now."""

    stored: Stored
    news: list[Row]
    touched: frozenset[str]


class Beginnings:
    """The first moments of the runs of the DAG that was simulated last: the cases go DAG by DAG."""

    def __init__(self) -> None:
        self._dag: ScheduledDag | None = None
        self._of: tuple[str, datetime] | None = None
        self._moments: list[Moment] = []

    def of(self, dag: ScheduledDag, run_id: str, at: datetime) -> list[Moment]:
        """The moments of one DAG, id and instant, from a run's creation on; those of others are no longer kept."""
        if self._dag is not dag or self._of != (run_id, at):
            self._dag, self._of, self._moments = dag, (run_id, at), []
        return self._moments


class Beginning:
    """The beginning of one run, from its creation on."""

    def __init__(self, dag: ScheduledDag, run_id: str, conf: dict[str, Any] | None = None) -> None:
        self._dag = dag
        self._run_id = run_id
        self._conf = conf

    def create(self, at: datetime) -> list[Row]:
        """Create the run; what was seen of it so far, pass by pass."""
        airflow().create_run(self._dag, self._run_id, at, self._conf)
        return []

    def passed(self, news: list[Row]) -> None:
        """Airflow has decided once more, nothing is to start, and a look has found `news`."""


class TakenUp(Beginning):
    """A run that may take up where an earlier one was; `awake` are the tasks that may be about to start on a worker."""

    def __init__(self, dag: ScheduledDag, run_id: str, awake: set[str], moments: list[Moment]) -> None:
        super().__init__(dag, run_id)
        self._awake = awake
        self._moments = moments
        self._passes = 0
        self._rows: dict[Key, dict[str, Any]] = {}

    def create(self, at: datetime) -> list[Row]:
        """Create the run, as far on as an earlier one was before it touched any task that is awake in this one."""
        if not self._moments:
            super().create(at)
            self._keep([])
            return []
        past = [*takewhile(lambda moment: moment.touched.isdisjoint(self._awake), self._moments)]
        for moment in past:
            self._rows.update(moment.stored.tis)
        airflow().put_back(Stored(past[-1].stored.run, self._rows))
        self._passes = len(past) - 1
        return [row for moment in past for row in moment.news]

    def passed(self, news: list[Row]) -> None:
        """The same: a moment to be kept, if no earlier run had it."""
        self._passes += 1
        if self._passes == len(self._moments):
            self._keep(news)

    def _keep(self, news: list[Row]) -> None:
        stored = airflow().stored(self._dag.dag_id, self._run_id)
        if stored is None or any(ti["state"] not in (None, *FINISHED) for ti in stored.tis.values()):
            return
        if self._moments and stored.tis.keys() != self._rows.keys():
            return  # a task was mapped, and only what was changed is kept
        touched = frozenset(row.key.task_id for row in news if row.state is not None)
        before = self._moments[-1].touched if self._moments else touched
        written = {key: row for key, row in stored.tis.items() if self._rows.get(key) != row}
        self._moments.append(Moment(Stored(stored.run, written), news, before | touched))
        self._rows = stored.tis
