"""
Schedule: when the runs of a DAG start, and what stretch of time each of them is about.

Reference DAG: dags/schedule.py
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.simulator import Simulate, SimulatedRun, Simulator, Word, fail, takes

A_YEAR = timedelta(days=366)
A_MOMENT = timedelta(seconds=1)
MOST = 60
"""So many runs are looked at where nobody says how many there are."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Schedule(Claim):
    """Airflow creates the runs of a DAG, or nobody does."""

    pattern = "schedule"
    roles = ()

    turned_on: datetime
    """When the DAG is turned on, after its `start_date`."""
    runs: tuple[datetime, ...] = UNSAID
    """When its first runs start from then on; those that are due by then start when it is turned on."""
    dates: tuple[datetime, ...] = UNSAID
    """The logical dates of these runs."""
    ids: tuple[str, ...] = UNSAID
    """The ids of these runs."""
    text: bool = False
    """Whether the schedule is a cron expression or a preset, given as text."""
    delta: bool = False
    """Whether the schedule is a `timedelta`."""
    intervals: bool = False
    """Whether each run is about a stretch of time that is over when it starts."""
    seamless: bool = False
    """Whether these stretches of time follow one another."""
    points: bool = False
    """Whether each run is about the instant at which it is due, and no stretch of time."""
    catches_up: bool = False
    """Whether the DAG catches up."""
    latest_only: bool = False
    """Whether the DAG does not catch up."""
    at_a_time: int = UNSAID
    """How many of its runs are at work at a time, if it catches up."""
    ends: bool = False
    """Whether it has no run after these."""
    never: bool = False
    """Whether it has no schedule."""
    continuous: bool = False
    """Whether a run starts when the one before it has ended."""
    zone: str = UNSAID
    """The time zone by whose clock it runs each day, such as "Europe/Berlin"; it has a change of the clock."""


def between(
    schedule: Schedule, simulate: Simulate, until: datetime, *words: Word, most: int = MOST
) -> list[SimulatedRun]:
    """The runs that Airflow creates from when the DAG is turned on."""
    options: dict[str, Any] = {"at": schedule.turned_on, "until": until, "runs": most, "depth": "scheduler"}
    first = simulate(schedule.dag, *words, **options)
    return [first, *first.others]


def claimed(schedule: Schedule, simulate: Simulate, *words: Word) -> list[SimulatedRun]:
    """The runs up to the last that is claimed, and a moment longer."""
    return between(schedule, simulate, schedule.runs[-1] + A_MOMENT, *words)


def starts(runs: list[SimulatedRun]) -> list[datetime]:
    """When they start, in UTC."""
    return [run.started.astimezone(timezone.utc) for run in runs]


def in_time(schedule: Schedule, runs: list[SimulatedRun]) -> list[datetime]:
    """When those start that are not made up for."""
    return [start for start in starts(runs) if start > schedule.turned_on]


def told(runs: list[SimulatedRun]) -> str:
    """Each run in a line."""
    lines = (
        f"{run.run_id}: starts {run.started}, about {run.data_interval[0]} to {run.data_interval[1]}" for run in runs
    )
    return "\n".join(["the runs are", *lines])


@case("SCHED-001", needs=("runs",))
def test_runs_start_when_they_are_due(schedule: Schedule, simulate: Simulate) -> None:
    """
    A DAG that is turned on has runs at the claimed instants, and none between them.

    If this fails: the schedule is another one, it is meant in another time zone, or the DAG catches up or does not.
    """
    runs = claimed(schedule, simulate)

    assert starts(runs) == list(schedule.runs), told(runs)


@case("SCHED-002", needs=("runs", "dates"))
def test_runs_have_their_logical_dates(schedule: Schedule, simulate: Simulate) -> None:
    """
    The runs have the claimed logical dates.

    If this fails: the timetable takes another instant for the logical date: the beginning of the stretch of time that a
    run is about, or the instant at which it is due.
    """
    runs = claimed(schedule, simulate)

    assert [run.logical_date for run in runs] == list(schedule.dates), told(runs)


@case("SCHED-003", needs=("runs", "intervals"))
def test_a_run_starts_when_its_data_interval_is_over(schedule: Schedule, simulate: Simulate) -> None:
    """
    A run starts when its data interval is over, and its logical date is the beginning of that.

    If this fails: the timetable makes a run for an instant, and not for a stretch of time (CronTriggerTimetable does).
    """
    runs = claimed(schedule, simulate)

    for run in runs:
        begin, end = run.data_interval
        assert begin is not None, told(runs)
        assert end is not None, told(runs)
        assert (begin < end <= run.started + A_MOMENT, run.logical_date) == (True, begin), told(runs)


@case("SCHED-004", needs=("runs", "seamless"))
def test_data_intervals_follow_one_another(schedule: Schedule, simulate: Simulate) -> None:
    """
    The data interval of a run begins where that of the run before it ends: there is no gap, and nothing is done twice.

    If this fails: the timetable makes a run for an instant, or for a stretch of time of its own (`interval`).
    """
    runs = claimed(schedule, simulate)

    assert len(runs) > 1, told(runs)
    for before, run in pairwise(runs):
        assert before.data_interval[1] == run.data_interval[0] != run.data_interval[1], told(runs)


@case("SCHED-005", needs=("runs", "points"))
def test_a_run_is_about_an_instant(schedule: Schedule, simulate: Simulate) -> None:
    """
    The data interval of a run is no stretch of time: it begins and ends at the logical date, when the run was due.

    If this fails: the timetable makes a run for a stretch of time (CronDataIntervalTimetable does).
    """
    runs = claimed(schedule, simulate)

    for run in runs:
        assert run.data_interval == (run.logical_date, run.logical_date), told(runs)


@case("SCHED-006", needs=("runs", "ids"))
def test_ids_are_made_of_logical_dates(schedule: Schedule, simulate: Simulate) -> None:
    """
    The runs have the claimed ids: `scheduled__`, and the logical date.

    If this fails: the logical dates are others, or the timetable makes ids of its own (`generate_run_id`).
    """
    runs = claimed(schedule, simulate)

    assert [run.run_id for run in runs] == list(schedule.ids), told(runs)


@case("SCHED-007", needs=("catches_up", "runs"))
def test_it_catches_up_oldest_first(schedule: Schedule, simulate: Simulate) -> None:
    """
    With catch-up every run since `start_date` that is due is created, the oldest first.

    If this fails: `catchup` is off (from Airflow 3.0 on by default), or the DAG has no `start_date` before that.
    """
    runs = claimed(schedule, simulate)

    due = [date for date in schedule.runs if date <= schedule.turned_on]
    dates = [run.logical_date for run in runs if run.logical_date]
    assert len(due) > 1, told(runs)
    assert sum(start <= schedule.turned_on for start in starts(runs)) == len(due), told(runs)
    assert dates == sorted(dates), told(runs)


@case("SCHED-008", needs=("latest_only",))
def test_without_catchup_only_the_latest_is_made_up_for(schedule: Schedule, simulate: Simulate) -> None:
    """
    A DAG without catch-up has one run when it is turned on, the latest that is due, and none of those before.

    If this fails: `catchup` is on (before Airflow 3.0 it is by default).
    """
    runs = between(schedule, simulate, schedule.turned_on + A_MOMENT)

    assert starts(runs) == [schedule.turned_on], told(runs)


@case("SCHED-009", needs=("at_a_time", "catches_up"))
def test_no_more_runs_are_at_work_than_may_be(schedule: Schedule, simulate: Simulate) -> None:
    """
    Of the runs that are made up for, `max_active_runs` are at work at a time, and the next starts when one ends.

    If this fails: `max_active_runs` is not set (the default is 16).
    """
    task = simulate(schedule.dag).task_ids[0]
    until = schedule.turned_on + timedelta(hours=2)
    runs = between(schedule, simulate, until, takes(task, minutes=10), most=3 * schedule.at_a_time)

    first = starts(runs)[0]
    waited = [(start - first) // timedelta(minutes=10) for start in starts(runs)]
    assert waited == [place // schedule.at_a_time for place in range(len(runs))], told(runs)


@case("SCHED-010", needs=("ends", "runs"))
def test_it_ends(schedule: Schedule, simulate: Simulate) -> None:
    """
    After its last run a DAG has no other, however long one waits.

    If this fails: the DAG has no `end_date`, or a schedule that goes on.
    """
    runs = between(schedule, simulate, schedule.runs[-1] + A_YEAR, most=len(schedule.runs) + 1)

    assert len(runs) == len(schedule.runs), told(runs)


@case("SCHED-011", needs=("never",))
def test_without_a_schedule_nobody_starts_it(schedule: Schedule, simulate: Simulator) -> None:
    """
    A DAG without a schedule has no run that nobody asks for.

    If this fails: the DAG has a schedule.
    """
    assert simulate.next_run(schedule.dag, schedule.turned_on) is None


@case("SCHED-012", needs=("runs",))
def test_the_schedule_goes_on_after_a_failure(schedule: Schedule, simulate: Simulate) -> None:
    """
    A run that fails delays none of the runs after it, and leaves none of them out.

    If this fails: a task has `depends_on_past`, or the DAG is paused after so many failed runs.
    """
    tasks = simulate(schedule.dag).task_ids
    runs = claimed(schedule, simulate, *map(fail, tasks))

    assert {run.state for run in runs} == {"failed"}, told(runs)
    assert starts(runs) == starts(claimed(schedule, simulate)), told(runs)


@case("SCHED-013", needs=("continuous",))
def test_a_run_follows_the_one_before(schedule: Schedule, simulate: Simulate) -> None:
    """
    With `@continuous` a run starts when the one before it has ended, and there is one at a time.

    If this fails: the schedule is another one.
    """
    task = simulate(schedule.dag).task_ids[0]
    until = schedule.turned_on + timedelta(hours=1)
    runs = between(schedule, simulate, until, takes(task, minutes=10), most=4)

    first = starts(runs)[0]
    assert [round((start - first) / timedelta(minutes=10), 3) for start in starts(runs)] == [0, 1, 2, 3], told(runs)


@case("SCHED-014", needs=("zone", "text", "runs"))
def test_a_cron_keeps_the_time_on_the_clock(schedule: Schedule, simulate: Simulate) -> None:
    """
    Over a change of the clock, a cron expression keeps to the clock of the DAG's time zone.

    If this fails: the DAG's `start_date` has no time zone, or another one; or the schedule is a `timedelta`.
    """
    runs = claimed(schedule, simulate)

    local = [start.astimezone(ZoneInfo(schedule.zone)) for start in in_time(schedule, runs)]
    assert len({start.utcoffset() for start in local}) == 2, told(runs)
    assert len({start.time() for start in local}) == 1, told(runs)


@case("SCHED-015", needs=("zone", "delta", "runs"))
def test_a_timedelta_keeps_its_distance(schedule: Schedule, simulate: Simulate) -> None:
    """
    Over a change of the clock, runs by a `timedelta` keep their distance.

    If this fails: the schedule is a cron expression, which keeps to the clock.
    """
    runs = claimed(schedule, simulate)

    later = in_time(schedule, runs)
    assert len({start.astimezone(ZoneInfo(schedule.zone)).utcoffset() for start in later}) == 2, told(runs)
    assert len({after - before for before, after in pairwise(later)}) == 1, told(runs)
