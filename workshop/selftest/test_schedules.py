"""Proves what depth "scheduler" says of a schedule: when runs start, which are the latest, and where they end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import UserError
from conformance.folder.parse import parse
from conformance.seam.api import airflow_version
from conformance.simulator import SimulatedRun, do, simulate, takes
from conformance.simulator.clock import EPOCH, FAR_OFF
from workshop.selftest.test_scheduler_depth import HEAD

MORE = """
from conformance.seam.api import airflow
LatestOnlyOperator = airflow().LatestOnlyOperator
"""
DAY = timedelta(days=1)

Load = Callable[[str], Any]


@pytest.fixture
def load(sandbox: None, tmp_path: Path) -> Load:
    """A function that parses the source of one DAG, to which the names in `HEAD` and `MORE` are known."""

    def loaded(source: str) -> Any:
        path = tmp_path / "dag.py"
        path.write_text(HEAD + MORE + source)
        dags, error = parse(path)
        assert error is None, error
        (dag,) = dags.values()
        return dag

    return loaded


def scheduled(dag: Any, *scenario: Any, **options: Any) -> list[SimulatedRun]:
    """The runs of a stretch of the DAG's schedule."""
    first = simulate(dag, *scenario, depth="scheduler", **options)
    return [first, *first.others]


def test_overlapping_runs_start_on_their_day(load: Load) -> None:
    """Runs that take longer than the time between them start when each is due: the end of one delays no other."""
    runs = scheduled(load('with daily("overlapping"): task("a")'), takes("a", hours=72), until=EPOCH + 7 * DAY)
    assert [run.started - EPOCH for run in runs] == [n * DAY for n in range(1, 8)]
    assert {(run.state, run.seconds) for run in runs} == {("success", 3 * 86400)}


@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_nothing_to_map_over_is_skipped(load: Load, depth: Any) -> None:
    """A task or group mapped over an empty list written in the file is skipped, and the run goes on."""
    dag = load(
        f'with dag("zero_{depth}"):\n'
        "    from conformance.seam.api import airflow\n"
        "    @airflow().task_group\n"
        "    def group(item):\n"
        '        task("inside", op_args=[item])\n'
        '    each = PythonOperator.partial(task_id="each", python_callable=work).expand(op_args=[])\n'
        '    [each, group.expand(item=[])] >> task("after", trigger_rule="none_failed")'
    )
    run = simulate(dag, depth=depth)
    states = {task: run.state_of(task) for task in ("each", "group.inside", "after")}
    assert states == {"each": "skipped", "group.inside": "skipped", "after": "success"}
    assert (run.state, run.end) == ("success", "finished")


@pytest.mark.parametrize(
    ("name", "schedule"), [("interval", None), ("cron", '"0 0 * * *"'), ("delta", "timedelta(days=1)")]
)
def test_the_latest_run_alone_goes_on(load: Load, name: str, schedule: str | None) -> None:
    """Of runs that are caught up together, `LatestOnlyOperator` lets the latest through, also if nothing takes time."""
    options = f", schedule={schedule}" if schedule else ""
    dag = load(f'with daily("latest_{name}"{options}): LatestOnlyOperator(task_id="only") >> task("a")')
    states = [run.state_of("a") for run in scheduled(dag, at=EPOCH + 3 * DAY, until=EPOCH + 3 * DAY)]
    # From 3.0 on, a cron string or a timedelta makes runs of no interval: the first is due on the start date itself.
    count = 4 if schedule and airflow_version() >= (3, 0, 0) else 3
    assert states == ["skipped"] * (count - 1) + ["success"]


def test_no_more_runs_than_asked_for(load: Load) -> None:
    """With `runs` an old start date, or a sparse schedule, costs no more than so many runs."""
    every_minute = load('with daily("often", schedule="* * * * *"): task("a")')
    assert len(scheduled(every_minute, until=FAR_OFF, runs=2)) == 2
    monthly = load('with daily("seldom", schedule="0 0 1 * *"): task("a")')
    assert len(scheduled(monthly, until=FAR_OFF, runs=2)) == 2
    with pytest.raises(UserError, match="limits the scheduled runs"):
        simulate(monthly, runs=2)


def test_a_schedule_with_too_many_runs_is_refused(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for more runs than can be simulated is told so, and what to do."""
    monkeypatch.setattr("conformance.simulator.schedule.MOST_RUNS", 5)
    with pytest.raises(UserError, match=r"'too_many' has more than 5 scheduled runs up to .* limit them with runs=…"):
        scheduled(load('with daily("too_many"): task("a")'), until=EPOCH + 10 * DAY)


def test_a_dag_that_begins_in_january_has_little_to_catch_up(load: Load) -> None:
    """A start date after 1 January 2024 moves the simulation by days, not to the end of the year."""
    dag = load('with daily("january", start_date=datetime(2024, 1, 2, tzinfo=timezone.utc)): task("a")')
    assert [run.logical_date and run.logical_date.day for run in scheduled(dag, until=EPOCH + 2 * DAY)] == [
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        9,
    ]


def test_continuous_runs_follow_one_another(load: Load) -> None:
    """The next run of `@continuous` starts when the last one has ended; if nothing takes time, that has no end."""
    dag = load('with daily("continuous", schedule="@continuous", max_active_runs=1): task("a")')
    runs = scheduled(dag, takes("a", hours=6), until=EPOCH + timedelta(hours=23))
    # Airflow 3 says that the next run is due when the last one starts: it creates one more, when that has ended.
    assert [run.started - EPOCH for run in runs][:4] == [timedelta(hours=6 * n) for n in range(4)]
    with pytest.raises(UserError, match="runs of DAG 'continuous' never stop"):
        scheduled(dag, until=EPOCH + DAY)
    assert len(scheduled(dag, until=EPOCH + DAY, runs=3)) == 3


class Ended(BaseException):
    """What a process's own handler raises where the default would end it."""


def test_sigterm_is_the_process_s(load: Load) -> None:
    """SIGTERM during a simulated try, and after it, does what it does elsewhere: Airflow's handler takes it not."""

    def end(*_: object) -> None:
        raise Ended

    def terminated(context: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)

    before = signal.signal(signal.SIGTERM, end)
    try:
        run = simulate(load('with dag("terminated"): task("a")'), do("a", terminated))
        assert "Ended" in run.errors[next(iter(run.states))]
        assert signal.getsignal(signal.SIGTERM) is end
    finally:
        signal.signal(signal.SIGTERM, before)
