"""When a DAG runs by itself: plain data."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from conformance.seam import before_simulation
from conformance.seam.api import Dag


@dataclass(frozen=True)
class Schedule:
    """
    The schedule of a DAG, as its timetable (`timetable` is the class) sums it up.

    `runs` are the first two that are due from the start date on: when, and start and end of their data interval. They
    depend on no clock, and there are none if the schedule is not one of time, or its code raises.
    """

    timetable: str
    summary: str
    catchup: bool
    max_active_runs: int
    runs: tuple[tuple[str, str, str], ...] = ()


def schedule(dag: Dag) -> Schedule:
    """The schedule of Airflow's `dag`."""
    timetable: Any = None
    runs: tuple[tuple[str, str, str], ...] = ()
    with suppress(Exception):  # a timetable may be the user's own code
        timetable = before_simulation.timetable(dag)
        runs = tuple(before_simulation.first_runs(dag, timetable, 2))
    return Schedule(
        type(timetable or dag.timetable).__name__,
        str(getattr(timetable, "summary", "")),
        bool(dag.catchup),
        int(dag.max_active_runs),
        runs,
    )
