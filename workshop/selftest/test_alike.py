"""Runs that are alike but for names are simulated once, and nobody can see the difference."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import given, note

from conformance.seam.api import Key, airflow
from conformance.simulator import SimulatedRun, do, fail, fail_for_good, never, simulate, succeed
from conformance.simulator.alike import OnceForAll
from workshop.selftest.random_dags import Plan, TaskPlan, build, examples, name, plans

pytestmark = [pytest.mark.at_the_ends_of_each_line, pytest.mark.usefixtures("sandbox")]

RULES = ["all_success", "all_success", "all_success", "all_done", "one_failed", "none_failed_min_one_success"]

_serial = count(1)

CHAINS: Plan = (
    TaskPlan(),
    *(TaskPlan((0,)) for _ in range(3)),
    *(TaskPlan((above,), retries=1) for above in (1, 2, 3)),
    TaskPlan((4, 5, 6)),
)
"""Three chains of two tasks, side by side, between a first task and a last one."""


def made(plan: Plan) -> Any:
    """A DAG of a plan."""
    return build(f"alike_{next(_serial)}", plan, Counter())


def facts(run: SimulatedRun) -> tuple[Any, ...]:
    """What cases look at, but for the order of what happens at one instant."""
    tries = {key: run.tries(*key) for key in run.states}
    history = sorted(run.history, key=repr)
    return run.state, run.end, run.seconds, run.states, tries, history, sorted(run.stints, key=repr), run.errors


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The scenarios that are really simulated."""
    done: list[Any] = []

    def noted(dag: Any, *scenario: Any, **options: Any) -> SimulatedRun:
        done.append(scenario)
        return simulate(dag, *scenario, **options)

    monkeypatch.setattr("conformance.simulator.alike.simulate", noted)
    return done


@examples(10)
@given(plans(RULES, most_retries=1))
def test_no_case_can_see_the_difference(plan: Plan) -> None:
    """Whichever task of a random DAG fails, what is told of it is what a run of its own tells."""
    dag, once = made(plan), OnceForAll()
    for task in dag.task_dict:
        word = fail_for_good(task)
        told, own = (run(dag, word, others_empty=True) for run in (once, simulate))
        note(f"{task}\n{told.explain()}\n{own.explain()}")
        assert facts(told) == facts(own)


@examples(10)
@given(plans(RULES, most_retries=2))
def test_one_run_answers_for_all_that_are_tried_again(plan: Plan) -> None:
    """What recovers in a run in which all tasks with retries fail once recovers when it alone fails."""
    dag = made(plan)
    retried = [task_id for task_id, task in dag.task_dict.items() if task.retries]
    together = simulate(dag, *(fail(task, times=1) for task in retried), others_empty=True)
    for task in retried if together.state == "success" else ():
        if together.state_of(task) in ("success", "skipped"):
            alone = simulate(dag, fail(task, times=1), others_empty=True)
            note(f"{task}\n{together.explain()}\n{alone.explain()}")
            assert (alone.state, alone.state_of(task)) == (together.state, together.state_of(task))


def test_what_is_alike_is_simulated_once(simulated: list[Any]) -> None:
    """Of three chains that are alike one is tried; the others are told under their own names."""
    dag, once = made(CHAINS), OnceForAll()

    runs = {task: once(dag, fail_for_good(task), others_empty=True) for task in dag.task_dict}

    assert len(simulated) == 4
    for place in 1, 2, 3:
        states = runs[name(place)].states
        assert states[Key(name(place))] == "failed"
        assert states[Key(name(place + 3))] == "upstream_failed"
        assert [states[Key(name(other))] for other in {1, 2, 3} - {place}] == ["success", "success"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(TaskPlan((2,), rule="all_done", retries=1), id="rule"),
        pytest.param(TaskPlan((2,), retries=2), id="retries"),
        pytest.param(TaskPlan((0,), retries=1), id="surroundings"),
    ],
)
def test_what_differs_is_simulated_for_itself(other: TaskPlan, simulated: list[Any]) -> None:
    """A task with another setting or other surroundings has a run of its own, and so has what is before it."""
    dag, once = made((*CHAINS[:5], other, *CHAINS[6:])), OnceForAll()

    for task in name(4), name(5), name(6), name(1), name(2), name(3):
        once(dag, fail_for_good(task), others_empty=True)

    assert len(simulated) == 4


def test_what_has_a_value_or_code_is_simulated_for_itself(simulated: list[Any]) -> None:
    """A word with a value, with code, or about one instance says more than that a task fails."""
    dag, once = made(CHAINS), OnceForAll()
    for task in name(1), name(2):
        once(dag, succeed(task, 1))
        once(dag, do(task, lambda context: None))
        once(dag, fail(task, error=ValueError("no")))
        once(dag, fail_for_good(task), clear=task)

    assert len(simulated) == 8


def test_sensors_are_alike_if_all_that_they_have_is(simulated: list[Any]) -> None:
    """Of a sensor Airflow stores neither its timeout nor how often it pokes, and both count."""

    class Waits(airflow().BaseSensorOperator):  # type: ignore[misc]
        def poke(self, context: Any) -> bool:
            return False

    with airflow().DAG("waits", start_date=datetime(2024, 1, 1, tzinfo=timezone.utc), schedule=None) as dag:
        for task_id, timeout in (("a", 60), ("b", 60), ("c", 120)):
            Waits(task_id=task_id, timeout=timeout, poke_interval=10, mode="reschedule")
    if getattr(dag, "relative_fileloc", None) is None:
        dag.relative_fileloc = dag.fileloc  # as `build` does
    once = OnceForAll()

    runs = [once(dag, never(task), others_empty=True) for task in dag.task_dict]

    assert len(simulated) == 2
    assert [run.ends(task)[-1] > 100 for run, task in zip(runs, dag.task_dict, strict=True)] == [False, False, True]
