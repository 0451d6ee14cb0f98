"""To which year a simulation is moved: to where the DAG and all its tasks have begun, and none has ended."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.simulator.clock import EPOCH
from conformance.simulator.simulated_year import moved, moved_along


def _dag(*tasks: tuple[datetime | None, datetime | None]) -> Any:
    """A DAG of tasks that begin and end so; Airflow hands the dates of a DAG on to its tasks."""
    return SimpleNamespace(tasks=[SimpleNamespace(start_date=begins, end_date=ends) for begins, ends in tasks])


def _utc(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=timezone.utc)


BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("tasks", "start"),
    [
        pytest.param([], _utc(2024), id="no tasks"),
        pytest.param([(None, None)], _utc(2024), id="no dates"),
        pytest.param([(_utc(2020), None)], _utc(2024), id="begun"),
        pytest.param([(_utc(2024), _utc(2024))], _utc(2024), id="begins and ends just then"),
        pytest.param([(_utc(2024, 1, 2), None)], _utc(2024, 1, 8), id="begins a day later"),
        pytest.param([(_utc(2024, 12, 30), None)], _utc(2024, 12, 30), id="begins 52 weeks later"),
        pytest.param([(_utc(2024, 12, 31), None)], _utc(2025, 1, 6), id="begins a day after that"),
        pytest.param([(_utc(2020), None), (_utc(2031), None)], _utc(2031, 1, 6), id="one task begins later"),
        pytest.param([(_utc(2019), _utc(2020, 6))], _utc(2019, 1, 7), id="has ended"),
        pytest.param([(_utc(2020, 3, 1), _utc(2020, 3, 8))], _utc(2020, 3, 2), id="has ended after a week"),
        pytest.param([(_utc(2026, 5, 1), _utc(2026, 5, 2))], _utc(2026, 5, 1), id="begins later, for a day"),
        pytest.param([(datetime(2024, 1, 1, 0, 30, tzinfo=BERLIN), None)], _utc(2024), id="begun, in its own zone"),
    ],
)
def test_it_is_moved_to_where_the_dag_runs(tasks: list[Any], start: datetime) -> None:
    """A simulation stays in 2024 if the DAG runs then; else it is moved by whole weeks, or to the DAG's beginning."""
    assert moved(_dag(*tasks), EPOCH) == start


def test_days_of_the_week_stay() -> None:
    """By whole weeks: a Monday stays one."""
    assert moved(_dag((_utc(2031), None)), EPOCH).weekday() == EPOCH.weekday() == 0


def test_what_was_moved_stays() -> None:
    """An instant after the start is moved along, and one that has been moved is not moved again."""
    dag = _dag((_utc(2024, 6, 1), None))

    later = moved(dag, EPOCH + timedelta(hours=5))

    assert later == _utc(2024, 6, 3) + timedelta(hours=5)
    assert moved(dag, later) == later


def test_an_instant_at_which_the_dag_runs_stays() -> None:
    """Whoever names a day on which the DAG runs gets that day, also if the DAG begins after 1 January 2024."""
    dag = _dag((_utc(2024, 6, 1), None))

    assert moved(dag, _utc(2024, 7, 1)) == _utc(2024, 7, 1)
    assert moved_along(dag, _utc(2024, 7, 1), _utc(2024, 7, 3)) == (_utc(2024, 7, 1), _utc(2024, 7, 3))


def test_a_stretch_of_time_is_moved_as_a_whole() -> None:
    """Where the beginning has to be moved, the end is moved with it; one that lies downstream of it may stay."""
    dag = _dag((_utc(2024, 1, 2), None))

    assert moved_along(dag, EPOCH, _utc(2024, 1, 3)) == (_utc(2024, 1, 8), _utc(2024, 1, 10))
    assert moved_along(dag, EPOCH, _utc(2024, 1, 9)) == (_utc(2024, 1, 8), _utc(2024, 1, 9))


def test_a_naive_date_is_as_good_as_any(sandbox: None) -> None:
    """Airflow makes a naive start date one in its own zone, so that a DAG with one is simulated like any other."""
    from conformance.simulator import simulate
    from workshop.selftest.sdk import DAG, PythonOperator

    with DAG("naive", start_date=datetime(2031, 1, 1), schedule=None) as dag:
        PythonOperator(task_id="load", python_callable=print)
    if getattr(dag, "relative_fileloc", None) is None:
        dag.relative_fileloc = dag.fileloc  # what parses a DAG file sets it, and 3.0 registers no DAG without

    run = simulate(dag)

    assert (run.state, run.started, run.missing) == ("success", _utc(2031, 1, 6), [])
