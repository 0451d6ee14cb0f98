"""Proves the simulator against `DAG.test()`: on random DAGs, both leave every task and the run in the same state."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from conformance.folder.parse import parse
from conformance.seam.api import airflow, airflow_version
from conformance.simulator.clock import Clock, standing
from conformance.simulator.run import SimulatedRun
from conformance.simulator.scenario import Word, choose, fail, short_circuit, succeed
from conformance.simulator.simulate import _register, prepare, simulate
from workshop.selftest.random_dags import Plan, build, plans, scenario

RULES = {
    (2, 7): [
        "all_success",
        "all_failed",
        "all_done",
        "all_skipped",
        "always",
        "none_failed",
        "none_failed_min_one_success",
        "none_skipped",
        "one_done",
        "one_failed",
        "one_success",
    ],
    (3, 1): ["all_done_min_one_success"],
}
"""The trigger rules of an ordinary task, by the version that brought them."""

MOST_RETRIES = {(2, 7): 0, (2, 10): 2}
"""How many retries `DAG.test()` can count, from a version on: up to 2.9 it retries for ever (apache/airflow#41972)."""

MOST_SLEEPS = 60
"""No run here waits longer than this many seconds, so a `DAG.test()` that does is stuck."""

_serial = count(1)

pytestmark = [pytest.mark.at_the_ends_of_each_line, pytest.mark.usefixtures("sandbox")]


class Outcome(NamedTuple):
    """What a run came to: its state, every task's state, and how often the code of each task was called."""

    run: str
    tasks: dict[str, str | None]
    calls: dict[str, int]


def installed_rules() -> list[str]:
    """The trigger rules that the installed Airflow has."""
    return [rule for since, rules in RULES.items() if since <= airflow_version()[:2] for rule in rules]


def most_retries() -> int:
    """The most retries with which the installed `DAG.test()` ends."""
    return [retries for since, retries in MOST_RETRIES.items() if since <= airflow_version()[:2]][-1]


@pytest.mark.timeout(600)  # the only test that a busy machine can slow down to minutes
@settings(
    max_examples=15,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking a failure would take minutes, and twelve tasks can be read
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.deferred(lambda: plans(installed_rules(), most_retries())))
def test_a_simulated_run_ends_as_dag_test_does(plan: Plan) -> None:
    """A scripted run and one of the DAG's own code both end as `DAG.test()` does, after as many tries."""
    calls: Counter[str] = Counter()
    dag = build(f"random_{next(_serial)}", plan, calls)
    expected = by_dag_test(dag, calls)

    calls.clear()
    executed = simulate(dag, execute=True)
    note(executed.explain())
    assert of_simulated(executed) == expected
    assert dict(calls) == expected.calls

    scripted = simulate(dag, *scenario(plan))
    note(scripted.explain())
    assert of_simulated(scripted) == expected


@pytest.mark.parametrize(
    ("dag_id", "scenario"),
    [
        ("mapped", [succeed("items", [1, 2, 3]), fail("each", map_index=1)]),
        ("mapped_over_nothing", [succeed("items", [])]),
        ("branched", [choose("pick", "left")]),
        ("cut_short", [short_circuit("check")]),
        ("cut_short_politely", [short_circuit("check")]),
        ("torn_down", [fail("use")]),
    ],
)
def test_a_shape_ends_as_in_dag_test(shapes: dict[str, Any], dag_id: str, scenario: list[Word]) -> None:
    """Mapped tasks, branches, short circuits and teardowns end as in `DAG.test()`, scripted or by their own code."""
    dag = shapes[dag_id]
    expected = by_dag_test(dag, Counter())

    for run in simulate(dag, execute=True), simulate(dag, *scenario):
        assert of_simulated(run)[:2] == expected[:2], run.explain()


@pytest.fixture(scope="module")
def shapes() -> dict[str, Any]:
    """The DAGs of shapes.py by id."""
    dags, error = parse(Path(__file__).parent / "dags" / "shapes.py")
    assert error is None
    return dags


def by_dag_test(dag: Any, calls: Counter[str]) -> Outcome:
    """What `DAG.test()` makes of a DAG, on a clock that only its own sleeping moves."""
    prepare()
    _register(dag)
    with standing(datetime.now(timezone.utc)) as clock, mock.patch.object(time, "sleep", _sleeper(clock)):
        run = dag.test()
    rows = airflow().rows(dag.dag_id, run.run_id)
    (ended,) = airflow().runs(dag.dag_id)
    return Outcome(ended.state, {str(row.key): row.state for row in rows}, dict(calls))


def _sleeper(clock: Clock) -> Any:
    sleeps = count(1)

    def sleep(seconds: float) -> None:
        assert next(sleeps) <= MOST_SLEEPS, "DAG.test() waits for ever"
        clock.move_to(clock.now + timedelta(seconds=seconds))

    return sleep


def of_simulated(run: SimulatedRun) -> Outcome:
    """What a simulated run came to."""
    calls = {task: run.tries(task) for task in run.rules if run.tries(task)}
    return Outcome(run.state, {str(key): state for key, state in run.states.items()}, calls)
