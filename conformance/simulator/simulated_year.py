"""When a simulation takes place: in January 2024, unless the DAG begins later or has ended before."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from conformance.seam.api import Dag
from conformance.simulator.clock import EPOCH, FAR_FUTURE

WEEK = timedelta(weeks=1)
"""The calendar is moved by so many of these as it takes, so that days of the week stay what they are."""


def moved_along(dag: Dag, at: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Both ends of a stretch of time: the beginning moved, and the end by as much, unless it lies after that."""
    begins = moved(dag, at)
    return begins, until if until >= begins else until + (begins - at)


def moved(dag: Dag, instant: datetime) -> datetime:
    """
    `instant`, moved to where the DAG and all its tasks have begun and not ended: outside of that, a run is empty.

    One at which the DAG runs, such as one that was moved before, stays. One that is moved comes to lie soon after the
    DAG's beginning, so that a schedule has little to catch up with.
    """
    begins = max((task.start_date for task in dag.tasks if task.start_date), default=EPOCH)
    ends = min((task.end_date for task in dag.tasks if task.end_date), default=FAR_FUTURE)
    if begins <= instant <= ends or begins <= EPOCH <= ends:
        return instant
    distance = timedelta(seconds=begins.timestamp() - EPOCH.timestamp())  # not pendulum's own kind of it
    whole_weeks = WEEK * ceil(distance / WEEK)
    return instant + (whole_weeks if EPOCH + whole_weeks <= ends else distance)
