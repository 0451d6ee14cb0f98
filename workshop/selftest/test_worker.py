"""What a real worker and a real triggerer do around the code of a task and of a trigger, with `execute=True`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from conformance.errors import NotSimulated
from conformance.folder.parse import parse
from conformance.simulator import for_real, simulate, succeed

FILE = Path(__file__).parent / "dags" / "worker.py"
AIRFLOW = Version(metadata.version("apache-airflow"))
NOT_ALLOWED = "RuntimeError: Direct database access via the ORM is not allowed in Airflow 3.0"


@pytest.fixture(scope="module")
def dags(sandbox: None) -> dict[str, Any]:
    """The DAGs of worker.py by id."""
    found: dict[str, Any]
    found, error = parse(FILE)
    assert error is None
    return found


@pytest.fixture
def connection(sandbox: None) -> Iterator[None]:
    """A connection in the metadata database, where only a supervisor finds it."""
    from airflow.models import Connection
    from airflow.utils.session import create_session

    with create_session() as session:
        session.add(Connection(conn_id="asked", conn_type="http", host="known"))
    yield
    with create_session() as session:
        session.query(Connection).filter(Connection.conn_id == "asked").delete()


def runs_in_database() -> int:
    """How many runs of any DAG the metadata database knows."""
    from airflow.models import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        return int(session.query(DagRun).count())


@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_a_trigger_may_end_at_once(dags: dict[str, Any], depth: Any) -> None:
    """A trigger that fires, raises or ends at the instant it starts lets its task go on at that instant."""
    run = simulate(dags["at_once"], execute=True, depth=depth)

    assert run.end == "finished", run.explain()
    assert (run.state_of("fires"), run.xcom("fires")) == ("success", "fired"), run.explain("fires")
    for failing in "raises", "says_nothing":
        assert run.state_of(failing) == "failed", run.explain(failing)
    assert {end for task in ("fires", "raises", "says_nothing") for end in run.ends(task)} == {0}, run.explain()


def test_a_trigger_that_is_cancelled_fires_never(dags: dict[str, Any]) -> None:
    """A triggerer drops a trigger that is cancelled from within: its task waits for ever."""
    run = simulate(dags["cancelled"], execute=True)

    assert run.end == "deadlock: nothing can happen any more to waits (deferred)", run.explain()


@pytest.mark.skipif(Version("2.10") > AIRFLOW, reason="has no such events")
def test_a_trigger_may_end_its_task(dags: dict[str, Any]) -> None:
    """The events that end a task do so without a worker, and push their XComs."""
    run = simulate(dags["ending"], execute=True)

    for state in "success", "failed", "skipped":
        assert (run.state_of(state), run.seconds) == (state, 60), run.explain(state)
        assert state in run.xcom(state, "because"), run.explain(state)


def test_a_trigger_has_a_supervisor(dags: dict[str, Any], connection: None) -> None:
    """A trigger finds a connection in its event loop and in a thread; 3.0 refuses the loop one that does not await."""
    run = simulate(dags["asking"], execute=True)

    found = {how: run.xcom(how) or run.state_of(how) for how in ("async", "thread", "sync")}
    refuses = Version("3.0") <= AIRFLOW < Version("3.1")
    assert found == {"async": "known", "thread": "known", "sync": "failed" if refuses else "known"}, run.explain()


def test_a_trigger_has_no_database(dags: dict[str, Any], connection: None) -> None:
    """From 3.0 on, neither a trigger nor a task has a session of the metadata database; before, both have."""
    triggered = simulate(dags["asking"], for_real("database"))
    executed = simulate(dags["database"], execute=True)

    refused = AIRFLOW.major > 2
    state = "failed" if refused else "success"
    assert triggered.state_of("database") == state, triggered.explain("database")
    assert executed.state_of("asks") == state, executed.explain("asks")
    assert list(executed.errors.values()) == ([NOT_ALLOWED] if refused else []), executed.errors
    assert not runs_in_database()


def test_callbacks_are_told_the_error(dags: dict[str, Any]) -> None:
    """The context of a failure callback has the exception that the task raised."""
    fails = dags["told"].get_task("fails")
    told = fails.python_callable.__globals__["TOLD"]
    told.clear()

    simulate(dags["told"], execute=True)

    assert [repr(error) for error in told] == ["KeyError('its own')"]


def test_every_task_has_an_environment_of_its_own(dags: dict[str, Any]) -> None:
    """A task finds its own context in the environment after another one started, and nothing that this one left."""
    run = simulate(dags["environment"], execute=True)

    for name in "first", "second":
        assert run.xcom(name) == f"{name} finds nothing", run.explain(name)


@pytest.mark.parametrize(
    ("dag", "why"),
    [
        ("fires", "Task 'start_child' starts a run of another DAG, and no other DAG is simulated yet."),
        ("fires_and_waits", "Task 'start_child' starts a run of another DAG, and no other DAG is simulated yet."),
        ("misses", "Task 'start_other' starts a run of another DAG, and no other DAG is simulated yet."),
        ("looks_across", "Task 'wait' waits for another DAG, and no other DAG is simulated yet."),
    ],
)
@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_other_dags_are_not_simulated(dags: dict[str, Any], dag: str, why: str, depth: Any) -> None:
    """A task that needs another DAG is refused with the reason, whether that DAG has been simulated or not."""
    for before in (), ("child",):
        for other in before:
            simulate(dags[other])
        with pytest.raises(NotSimulated) as refused:
            simulate(dags[dag], execute=True, depth=depth)

        assert str(refused.value) == why
        assert not runs_in_database()


def test_what_the_scenario_plays_needs_no_other_dag(dags: dict[str, Any]) -> None:
    """A task that is played asks for no other DAG."""
    run = simulate(dags["fires_and_waits"], succeed("start_child", None), execute=True)

    assert run.state == "success", run.explain()


def test_no_run_of_another_dag_is_left(dags: dict[str, Any]) -> None:
    """What code has left of another DAG is forgotten with the run that left it."""
    simulate(dags["child"])
    simulate(dags["leaves_runs"], execute=True)

    assert not runs_in_database()
