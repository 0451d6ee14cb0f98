"""Proves that a sensor that defers waits as its own code says, against timelines worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.errors import NotSimulated
from conformance.folder.parse import parse
from conformance.folder.summary import summarise
from conformance.patterns.any_dag import test_a_sensor_says_how_long_it_waits as says_how_long
from conformance.patterns.any_dag import test_every_sensor_gives_up as gives_up
from conformance.roles.whole_dag import AnyDag
from conformance.seam.api import airflow_version
from conformance.simulator.scenario import done_after, never, succeed
from conformance.simulator.simulate import simulate


@pytest.fixture(scope="module")
def dag(sandbox: None) -> Any:
    """The DAG of sensors that defer."""
    dags, error = parse(Path(__file__).parent / "dags" / "deferring.py")
    assert error is None, error
    return dags["deferring"]


def test_it_gives_up_as_its_own_code_says(dag: Any) -> None:
    """It pokes once, is deferred for ten minutes, and fails; Airflow 2 tries it again after five more."""
    run = simulate(dag, never("hands_on"))

    again = airflow_version() < (3, 0, 0)
    assert run.state_of("hands_on") == "failed"
    assert run.ends("hands_on") == ([600, 1500] if again else [600])
    assert run.pokes("hands_on") == ([0, 900] if again else [0])
    assert run.slot_seconds("hands_on") == 0


def test_one_that_forgets_its_timeout_waits_for_ever(dag: Any) -> None:
    """A sensor that defers without a timeout is still deferred when the simulation gives up, whatever its `timeout`."""
    run = simulate(dag, never("forgets"))

    assert not run.finished
    assert run.end.endswith("for forgets (deferred)")


def test_its_trigger_fires_when_what_it_waits_for_is_there(dag: Any) -> None:
    """It succeeds at the instant the scenario names, not at a poke after it, and with the value that it says."""
    run = simulate(dag, succeed("hands_on", 7), done_after("hands_on", seconds=90))

    assert run.ends("hands_on") == [90]
    assert "deferred" in run.path("hands_on")
    assert run.xcom("hands_on") == 7


def test_one_that_fails_before_it_waits_tells_nothing(dag: Any) -> None:
    """Where its own code fails before it defers, nothing is known of its waiting, and a sentence says so."""
    with pytest.raises(NotSimulated, match=r"'broken' fails before it waits.*no connection 'reports'"):
        simulate(dag, never("broken"))


def test_no_own_code_runs_where_nothing_is_waited_for(dag: Any) -> None:
    """When what it waits for is there at once, its own code is not needed, nor what that code needs."""
    run = simulate(dag)

    assert run.state == "success", run.explain()


# --- what the cases of any DAG say of them ---


@pytest.fixture
def judged(dag: Any) -> Any:
    """`judged(case, task)` tries a case of any DAG on one of the sensors."""
    (summary,) = summarise({dag.dag_id: dag}, "deferring.py", "")

    def judged(case: Any, task: str) -> None:
        case(AnyDag(dag=dag.dag_id, summary=summary, task=task), lambda _, *words, **how: simulate(dag, *words, **how))

    return judged


def test_giving_up_is_asked_of_its_own_code(judged: Any) -> None:
    """ANY-006 passes where the sensor hands its timeout on, fails where it forgets it, is not run where it breaks."""
    judged(gives_up, "hands_on")
    with pytest.raises(AssertionError, match=r"forgets +deferred"):
        judged(gives_up, "forgets")
    with pytest.raises(NotSimulated):
        judged(gives_up, "broken")


def test_how_long_it_waits_is_measured(judged: Any) -> None:
    """ANY-013 says that it waits for ever, or longer than its `timeout` because Airflow 2 tries it again."""
    with pytest.raises(AssertionError, match="waits for ever, whatever its `timeout` of 600 s"):
        judged(says_how_long, "forgets")
    if airflow_version() < (3, 0, 0):
        with pytest.raises(AssertionError, match="'hands_on' waits for 1500 s in 2 tries, and its `timeout` is 600 s"):
            judged(says_how_long, "hands_on")
    else:
        judged(says_how_long, "hands_on")
