"""In which year a simulation takes place: in 2024, unless the DAG begins later or has ended before."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from conformance.simulator.clock import EPOCH, FAR_FUTURE

YEAR = timedelta(weeks=52)
"""By so much the calendar is moved, so that days of the week stay what they are."""


def moved(dag: Any, instant: datetime) -> datetime:
    """
    `instant`, moved to where the DAG and all its tasks have begun and not ended: outside of that, a run is empty.

    One that has been moved already, such as the logical date of another run, stays.
    """
    by = _distance(dag)
    return instant if by > timedelta(0) and instant >= EPOCH + by else instant + by


def _distance(dag: Any) -> timedelta:
    begins = max((task.start_date for task in dag.tasks if task.start_date), default=EPOCH)
    ends = min((task.end_date for task in dag.tasks if task.end_date), default=FAR_FUTURE)
    if begins <= EPOCH <= ends:
        return timedelta(0)
    distance = timedelta(seconds=begins.timestamp() - EPOCH.timestamp())  # not pendulum's own kind of it
    whole_years = YEAR * ceil(distance / YEAR)
    return whole_years if EPOCH + whole_years <= ends else distance
