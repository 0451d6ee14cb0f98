"""With `execute=True` the tasks' own code runs, on the simulated clock and against an AWS that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.folder.parse import parse
from conformance.simulator import defer, fail, for_real, lacks, simulate, succeed
from conformance.simulator.aws import mocked_aws

FILE = Path(__file__).parent / "dags" / "executed.py"


@pytest.fixture(scope="module")
def dags(sandbox: None) -> dict[str, Any]:
    """The DAGs of executed.py by id."""
    found: dict[str, Any]
    found, error = parse(FILE)
    assert error is None
    return found


@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_a_trigger_runs_in_simulated_time(dags: dict[str, Any], depth: Any) -> None:
    """A task that defers comes back when its own trigger fires, or fails when its patience ends."""
    run = simulate(dags["deferring"], execute=True, depth=depth)

    assert run.ends("patient") == [420], run.explain("patient")
    assert run.xcom("patient") == "came back", run.explain("patient")
    assert run.ends("impatient") == [300], run.explain("impatient")
    assert run.state_of("impatient") == "failed", run.explain("impatient")


def test_a_deferred_task_occupies_no_slot(dags: dict[str, Any]) -> None:
    """A task occupies no worker slot while its trigger waits."""
    run = simulate(dags["deferring"], execute=True)

    assert run.slot_seconds("patient") == 0, run.explain("patient")


def test_sleeping_takes_simulated_time_and_keeps_the_context(dags: dict[str, Any]) -> None:
    """A task that sleeps ends when it should, and finds its own context when it goes on."""
    run = simulate(dags["sleeping"], execute=True)

    assert (run.ends("short"), run.ends("long")) == ([60], [600]), run.explain()
    assert (run.xcom("short"), run.xcom("long")) == ("short", "long"), run.explain()


def test_aws_is_mocked_for_each_simulation(dags: dict[str, Any]) -> None:
    """Every simulation starts with an empty AWS of its own."""
    counts = [simulate(dags["storing"], execute=True).xcom("store") for _ in range(2)]

    assert counts == [1, 1]


def test_simulations_can_share_an_aws(dags: dict[str, Any]) -> None:
    """Simulations inside one `mocked_aws` block find what the ones before them wrote."""
    import boto3

    with mocked_aws():
        simulate(dags["storing"], execute=True)
        found = boto3.client("s3").list_objects_v2(Bucket="rows")["KeyCount"]

    assert found == 1


def test_a_scenario_comes_before_the_tasks_own_code(dags: dict[str, Any]) -> None:
    """What a scenario says of a task happens instead of its own code; an error of its first try, before the second."""
    answered = simulate(dags["sleeping"], succeed("long", "at once"), execute=True)
    failed = simulate(dags["sleeping"], fail("long"), execute=True)

    assert (answered.xcom("long"), answered.ends("long")) == ("at once", [0]), answered.explain("long")
    assert failed.state_of("long") == "failed", failed.explain("long")
    assert failed.ends("long") == [0], failed.explain("long")


def test_one_task_can_run_its_own_code(dags: dict[str, Any]) -> None:
    """A task of which the scenario says so runs its own code, and the others do not."""
    run = simulate(dags["sleeping"], for_real("long"))

    assert (run.xcom("long"), run.ends("long")) == ("long", [600]), run.explain("long")
    assert (run.xcom("short"), run.ends("short")) == (None, [0]), run.explain("short")


def test_a_trigger_can_be_played_with_an_event(dags: dict[str, Any]) -> None:
    """A task whose own code defers goes on when its played trigger fires, with the event that the scenario gives."""
    run = simulate(dags["deferring"], for_real("patient"), defer("patient", seconds=60, event={"rows": 12}))

    assert run.ends("patient") == [60], run.explain("patient")
    assert run.xcom("patient") == "came back", run.explain("patient")


def test_a_package_can_be_hidden_from_another_interpreter(dags: dict[str, Any]) -> None:
    """A task that starts another Python does not find the package there that the scenario takes away, nor Airflow."""
    whole = simulate(dags["isolated"], for_real("isolated"))
    lacking = simulate(dags["isolated"], lacks("isolated", "json"))

    assert whole.xcom("isolated") == "no Airflow", whole.explain("isolated")
    assert "No module named 'json'" in next(iter(lacking.errors.values())), lacking.explain("isolated")
