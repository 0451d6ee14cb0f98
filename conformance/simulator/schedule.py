"""Which run of its schedule a DAG has next, as Airflow's scheduler has it, and where a simulation leaves off."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from conformance.errors import UserError
from conformance.seam.api import airflow

MOST_RUNS = 1000
"""A simulation of more runs takes minutes, and nobody looks at them all: whoever wants them says so."""

AT_ONCE = timedelta(milliseconds=1)
"""No schedule has its runs so close to one another, except one that begins a run when the last one has ended."""

ROUNDS = 5
"""So many runs one after another at one instant will be followed by others for ever."""


class Schedule:
    """The schedule of one DAG, whose runs are created up to `until`, and at most so many."""

    def __init__(self, scheduler: Any, dag_id: str, until: datetime, most: int | None) -> None:
        self._scheduler = scheduler
        self._dag_id = dag_id
        self._until = until
        self._most = most
        self._next: datetime | None = None
        self._last: datetime | None = None
        self._at_once = 0
        self.upcoming: datetime | None = None
        self.has_moved = False
        self.look()

    def is_due(self) -> bool:
        """Whether there is a run to create. At the very instant at which it is due, no scheduler has come to it yet."""
        return self.upcoming is not None and self.upcoming < datetime.now(timezone.utc)

    def look(self) -> None:
        """Ask the scheduler when the next run is to be created. Raises UserError where there is no end of them."""
        before, self._next = self._next, self._scheduler.next_creation()
        self.has_moved = before != self._next
        self.upcoming = self._next if self._next and self._next <= self._until else None
        if self.upcoming is None:
            return
        created = len(airflow().runs(self._dag_id))
        if self._most is not None:
            if created >= self._most:
                self.upcoming = None
            return
        if not self.has_moved:
            return
        if created >= MOST_RUNS:
            raise UserError(
                f"DAG '{self._dag_id}' has more than {MOST_RUNS} scheduled runs up to {self._until}, counted from its "
                "start_date if it catches up: simulate a shorter time, or limit them with runs=…."
            )
        # Between two runs that are never at work together, the scheduler has none to create.
        before, self._last = self._last, self.upcoming
        if before:
            self._count_at_once(timedelta(0) <= self.upcoming - before < AT_ONCE)

    def _count_at_once(self, at_once: bool) -> None:
        self._at_once = self._at_once + 1 if at_once else 0
        if self._at_once > ROUNDS:
            raise UserError(
                f"The runs of DAG '{self._dag_id}' never stop, because each begins when the last one has ended and "
                "none takes any time: say with takes(…) how long a task takes, or limit the runs with runs=…."
            )
