"""Proves depth "scheduler": limits, timeouts and schedules are the scheduler's, and elsewhere both depths agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import UserError
from conformance.folder.parse import parse
from conformance.seam.api import airflow_version
from conformance.simulator import (
    SimulatedRun,
    defer,
    fail,
    hang,
    never,
    simulate,
    succeed,
    takes,
)
from conformance.simulator.clock import EPOCH

pytestmark = pytest.mark.at_the_ends_of_each_line

HEAD = """
from datetime import datetime, timedelta, timezone
from airflow.timetables.interval import CronDataIntervalTimetable
from workshop.selftest.sdk import DAG, BaseSensorOperator, PythonOperator

def work(*items):
    pass

def dag(name, **options):
    return DAG(name, **{"schedule": None, "start_date": start, **options})

def daily(name, **options):
    every_midnight = CronDataIntervalTimetable("0 0 * * *", timezone="UTC")
    return dag(name, **{"schedule": every_midnight, "catchup": True, **options})

def task(name, **options):
    return PythonOperator(task_id=name, python_callable=work, **options)

class Sensor(BaseSensorOperator):
    def poke(self, context):
        return True

start = datetime(2024, 1, 1, tzinfo=timezone.utc)
minute = timedelta(minutes=1)
day = timedelta(days=1)
"""

MIXED = """
with dag("mixed"):
    first = task("first", retries=2, retry_delay=5 * minute)
    slow = task("slow", retries=3, retry_delay=10 * minute, retry_exponential_backoff=True)
    poke = Sensor(task_id="poke", poke_interval=30, timeout=300)
    reschedule = Sensor(task_id="reschedule", mode="reschedule", poke_interval=60, timeout=300, retries=1)
    deferred = task("deferred")
    lost = task("lost", retries=1, retry_delay=minute)
    mapped = PythonOperator.partial(task_id="mapped", python_callable=work).expand(op_args=[[1], [2], [3]])
    first >> [slow, poke, reschedule] >> task("after", trigger_rule="all_done") >> mapped >> task("end")
    first >> [deferred, lost]
"""
MIXED_SCENARIO = (
    fail("first", times=1),
    takes("slow", minutes=7),
    fail("slow", times=3),
    takes("poke", seconds=1),
    never("poke"),
    never("reschedule"),
    takes("mapped", minutes=3, map_index=1),
    defer("deferred", seconds=90),
    defer("lost", timeout=40),
)

Load = Callable[[str], Any]


@pytest.fixture
def load(sandbox: None, tmp_path: Path) -> Load:
    """A function that parses the source of one DAG, to which the names in `HEAD` are known."""

    def loaded(source: str) -> Any:
        path = tmp_path / "dag.py"
        path.write_text(HEAD + source)
        dags, error = parse(path)
        assert error is None, error
        (dag,) = dags.values()
        return dag

    return loaded


def scheduled(dag: Any, *scenario: Any, **options: Any) -> SimulatedRun:
    """The DAG simulated at depth "scheduler"."""
    return simulate(dag, *scenario, depth="scheduler", **options)


def spans(run: SimulatedRun, *tasks: str) -> dict[str, tuple[float, float]]:
    """When the first try of each task started and ended, in minutes."""
    return {task: (run.starts(task)[0] / 60, run.ends(task)[0] / 60) for task in tasks}


def counts() -> dict[str, int]:
    """How many rows each table of the metadata database has."""
    from airflow.models.base import Base
    from airflow.utils.session import create_session
    from sqlalchemy import func, select

    with create_session() as session:
        tables = Base.metadata.tables
        return {name: session.execute(select(func.count()).select_from(tables[name])).scalar() for name in tables}


def test_a_pool_of_one_slot_serialises_siblings(load: Load) -> None:
    """Two siblings in a pool with one slot run one after the other."""
    from airflow.models.pool import Pool

    Pool.create_or_update_pool("single", slots=1, description="", include_deferred=False)
    dag = load('with dag("pooled"): task("a", pool="single"), task("b", pool="single"), task("free")')
    run = scheduled(dag, takes("a", minutes=5), takes("b", minutes=5), takes("free", minutes=5))
    assert sorted(spans(run, "a", "b").values()) == [(0, 5), (5, 10)]
    assert spans(run, "free") == {"free": (0, 5)}
    assert run.state == "success"


def test_max_active_tasks_serialises(load: Load) -> None:
    """With `max_active_tasks=1` three tasks run one after the other."""
    dag = load('with dag("narrow", max_active_tasks=1): [task(name) for name in "abc"]')
    run = scheduled(dag, *(takes(name, minutes=5) for name in "abc"))
    assert sorted(spans(run, *"abc").values()) == [(0, 5), (5, 10), (10, 15)]


def test_max_active_tis_per_dag_serialises_a_mapped_task(load: Load) -> None:
    """With `max_active_tis_per_dag=1` the instances of a mapped task run one after the other."""
    dag = load(
        'with dag("mapped_one"):\n'
        '    options = {"python_callable": work, "max_active_tis_per_dag": 1}\n'
        '    PythonOperator.partial(task_id="m", **options).expand(op_args=[[1], [2]])'
    )
    run = scheduled(dag, takes("m", minutes=5))
    assert sorted((stint.start, stint.end) for stint in run.stints) == [(0, 300), (300, 600)]


def test_the_heavier_task_goes_first(load: Load) -> None:
    """Of tasks that wait for one slot, the one with the highest priority_weight goes first."""
    dag = load(
        'with dag("weights", max_active_tasks=1):\n'
        '    task("light", priority_weight=1), task("heavy", priority_weight=9), task("middle", priority_weight=5)'
    )
    run = scheduled(dag, *(takes(name, minutes=1) for name in ("light", "heavy", "middle")))
    assert spans(run, "light", "heavy", "middle") == {"heavy": (0, 1), "middle": (1, 2), "light": (2, 3)}


def test_dagrun_timeout_ends_the_run_at_its_second(load: Load) -> None:
    """A run that exceeds `dagrun_timeout` fails at that very second; what is unfinished is stopped and skipped."""
    dag = load(
        'with dag("late", dagrun_timeout=10 * minute, on_failure_callback=work):\n'
        '    task("done") >> task("hanging") >> task("never")'
    )
    run = scheduled(dag, takes("done", minutes=2), hang("hanging"))
    assert (run.state, run.end, run.seconds) == ("failed", "finished", 600)
    assert (run.state_of("done"), run.state_of("hanging")) == ("success", "skipped")
    assert run.ends("hanging") == [600]
    assert run.callbacks() == ["on_failure_callback"]
    assert scheduled(dag, takes("done", minutes=2), takes("hanging", minutes=7)).state == "success"


def test_dagrun_timeout_without_callback_calls_nothing(load: Load) -> None:
    """A run that times out calls back only if its DAG has a callback."""
    dag = load('with dag("late_quiet", dagrun_timeout=minute): task("hanging")')
    run = scheduled(dag, hang("hanging"))
    assert (run.state, run.callbacks()) == ("failed", [])


def test_both_depths_agree(load: Load) -> None:
    """Retries, sensors, deferrals and mapped tasks have the same states, tries and times at both depths."""
    dag = load(MIXED)
    shallow, deep = simulate(dag, *MIXED_SCENARIO), scheduled(dag, *MIXED_SCENARIO)
    assert deep.states == shallow.states
    assert sorted(deep.stints, key=repr) == sorted(shallow.stints, key=repr)
    assert deep.poked == shallow.poked
    assert (deep.state, deep.seconds, deep.end) == (shallow.state, shallow.seconds, "finished")


@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_two_simulations_give_equal_records(load: Load, depth: str) -> None:
    """A scenario simulated twice gives the same record."""
    dag = load(MIXED)
    options: Any = {"depth": depth}
    assert simulate(dag, *MIXED_SCENARIO, **options) == simulate(dag, *MIXED_SCENARIO, **options)


def test_a_schedule_is_caught_up(load: Load) -> None:
    """A daily DAG gets one run for every interval that ends in the simulated time, when it ends."""
    dag = load('with daily("daily"): task("a")')
    first = scheduled(dag, takes("a", minutes=5), until=EPOCH + timedelta(days=3))
    runs = [first, *first.others]
    assert [run.logical_date for run in runs] == [EPOCH + timedelta(days=n) for n in range(3)]
    assert [run.started for run in runs] == [EPOCH + timedelta(days=n + 1) for n in range(3)]
    assert [(run.state, run.end, run.starts("a"), run.seconds) for run in runs] == [
        ("success", "finished", [0], 300)
    ] * 3
    assert len({run.run_id for run in runs}) == 3


@pytest.mark.parametrize(("catchup", "days"), [(True, [0, 1, 2, 3]), (False, [2, 3])])
def test_catchup_decides_about_the_past(load: Load, catchup: bool, days: list[int]) -> None:
    """A DAG that is turned on late gets runs for all past intervals with catchup, else only for the last one."""
    dag = load(f'with daily("past_{catchup}", catchup={catchup}): task("a")')
    first = scheduled(dag, at=EPOCH + timedelta(days=3, hours=1), until=EPOCH + timedelta(days=4))
    assert [run.logical_date for run in [first, *first.others]] == [EPOCH + timedelta(days=n) for n in days]


def test_max_active_runs_makes_runs_wait(load: Load) -> None:
    """With `max_active_runs=1` runs that are due together follow one another, and none is lost."""
    dag = load('with daily("one_run", max_active_runs=1): task("a")')
    first = scheduled(dag, takes("a", hours=2), at=EPOCH + timedelta(days=3), until=EPOCH + timedelta(days=3))
    runs = [first, *first.others]
    assert [run.started - EPOCH - timedelta(days=3) for run in runs] == [timedelta(hours=2 * n) for n in range(3)]
    assert {run.state for run in runs} == {"success"}


def test_depends_on_past_holds_back(load: Load) -> None:
    """After a failed run, a task with `depends_on_past` does not start in the next one, and the simulation says so."""
    dag = load('with daily("chained"): task("a", depends_on_past=True) >> task("b")')
    first = scheduled(dag, fail("a"), until=EPOCH + timedelta(days=2))
    (second,) = first.others
    assert (first.state, first.state_of("a"), first.end) == ("failed", "failed", "finished")
    assert second.starts("a") == []
    assert second.state == "failed" or not second.finished
    (second,) = scheduled(dag, until=EPOCH + timedelta(days=2)).others
    assert (second.state, second.state_of("a")) == ("success", "success")


def test_a_manual_run_is_alone(load: Load) -> None:
    """A manual run of a DAG with a schedule brings no scheduled run about, nor does the schedule of another DAG."""
    scheduled(load('with daily("neighbour"): task("a")'), at=EPOCH)
    dag = load('with daily("both"): task("a")')
    run = scheduled(dag, takes("a", hours=50))
    assert (run.state, run.others, run.logical_date) == ("success", [], EPOCH)
    assert len(scheduled(dag, until=EPOCH + timedelta(days=2)).others) == 1


@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_fail_fast_stops_running_tasks(load: Load, depth: Any) -> None:
    """When a task of a fail-fast DAG fails, its running sibling is stopped then and there, and the rest is skipped."""
    option = "fail_fast" if airflow_version() >= (3, 0, 0) else "fail_stop"
    dag = load(f'with dag("hasty_{depth}", {option}=True): task("bad"), task("long") >> task("last")')
    run = simulate(dag, takes("bad", minutes=1), fail("bad"), takes("long", minutes=10), depth=depth)
    assert run.states == {key: "skipped" if key.task_id == "last" else "failed" for key in run.states}
    assert run.ends("long") == [60]
    assert (run.state, run.seconds) == ("failed", 60)


def test_a_pool_that_a_dag_names_exists(load: Load) -> None:
    """A pool that only the caller's Airflow knows is there, with as many slots as the default one."""
    run = scheduled(load('with dag("elsewhere"): task("a", pool="known_to_its_owner")'))
    assert (run.state, run.end) == ("success", "finished")


def test_a_task_that_never_gets_a_slot_is_named(load: Load) -> None:
    """A task that needs more slots than its pool has ends the simulation with a reason that names it."""
    run = scheduled(load('with dag("stuck"): task("a", pool_slots=129)'))
    assert not run.finished
    assert run.end == "deadlock: nothing can happen any more to a (scheduled)"


def test_a_dag_may_change_under_its_name(load: Load) -> None:
    """A DAG that takes the place of another one with its id is simulated as it is now."""
    for tasks in ("abc", "abd", "e"):
        dag = load(f'with dag("changing"): [task(name) for name in "{tasks}"]')
        for run in (scheduled(dag), simulate(dag, succeed(tasks[0], 1))):
            assert ({key.task_id for key in run.states}, run.state) == (set(tasks), "success")


def test_nothing_is_left_behind(load: Load) -> None:
    """A simulation leaves no row in the metadata database that a second one would meet."""
    dag = load(MIXED.replace('dag("mixed")', 'daily("left")'))
    scheduled(dag)
    before = counts()
    scheduled(dag, *MIXED_SCENARIO)
    scheduled(dag, *MIXED_SCENARIO, until=EPOCH + timedelta(days=2))
    assert counts() == before


def test_a_schedule_needs_the_scheduler(load: Load) -> None:
    """Asking for scheduled runs at depth "run", or of a DAG without any, is one readable error."""
    dag = load('with dag("unscheduled"): task("a")')
    with pytest.raises(UserError, match='needs depth="scheduler"'):
        simulate(dag, until=EPOCH + timedelta(days=1))
    with pytest.raises(UserError, match="DAG 'unscheduled' has no scheduled run"):
        scheduled(dag, until=EPOCH + timedelta(days=1))
