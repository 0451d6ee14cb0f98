"""What scenarios and results have for data: arguments, pulls, sizes, and what Airflow cannot read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.folder.parse import parse
from conformance.paths import DAGS
from conformance.seam.api import Key, Unreadable
from conformance.simulator import do, for_real, receive, simulate, succeed
from conformance.truth.xcom_values import Point, same, values


@pytest.fixture(scope="module")
def dag(sandbox: None) -> Any:
    """The reference DAG of pass-data."""
    found, error = parse(Path(DAGS / "pass_data.py"))
    assert error is None
    return found["pass_data"]


def test_a_task_receives_without_running(dag: Any) -> None:
    """A task that is to receive gets its arguments, and its own code, which could not count a number, does not run."""
    run = simulate(dag, succeed("fetch_orders", 7), receive("summarise"))

    assert run.arguments("summarise") == [7], run.explain("summarise")
    assert run.state_of("summarise") == "success", run.explain("summarise")


def test_one_task_runs_for_real(dag: Any) -> None:
    """A task that runs for real pulls, and returns what its own code makes of it."""
    run = simulate(dag, succeed("fetch_orders", "orders"), for_real("archive"))

    assert run.pulled("archive") == ["orders", None], run.explain("archive")
    assert run.xcom("archive") == "orders from None", run.explain("archive")
    assert run.arguments("summarise") == [], run.explain("summarise")


def test_a_task_does_what_it_is_told(dag: Any) -> None:
    """A task calls a function of the scenario with its context, and returns what that returns."""
    run = simulate(dag, do("fetch_orders", lambda context: context["run_id"]))

    assert run.xcom("fetch_orders") == run.run_id, run.explain("fetch_orders")


def test_sizes_are_those_of_the_database(dag: Any) -> None:
    """The size of an XCom is what the database stores: a text with its quotes."""
    run = simulate(dag, succeed("fetch_orders", "text"))

    assert run.xcom_sizes[Key("fetch_orders"), "return_value"] == 6, run.explain("fetch_orders")


def test_what_airflow_cannot_read_is_no_error_of_ours(dag: Any) -> None:
    """An XCom that Airflow refuses to read is there, with the reason in place of its value."""
    run = simulate(dag, succeed("fetch_orders", Point(1)))

    found = run.xcom("fetch_orders")
    assert isinstance(found, Unreadable), found
    assert "allow" in found.why


def test_a_simulated_date_is_stored_like_a_real_one(dag: Any) -> None:
    """What a task makes of the simulated clock is stored, and read back as a date."""
    run = simulate(dag, do("fetch_orders", lambda context: datetime(2024, 5, 1)), receive("summarise"))

    assert [type(value).__name__ for value in run.arguments("summarise")] == ["datetime"], run.explain("summarise")


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (True, 1), ([(1,)], [[1]]), ({1: "a"}, {"1": "a"}), (None, "")])
def test_values_differ_by_type_too(one: Any, other: Any) -> None:
    """Two values are the same only if they are of one type, inside as well."""
    assert same(one, one)
    assert not same(one, other)


def test_every_value_has_one_fate() -> None:
    """The installed Airflow has exactly one entry for each value of the table."""
    assert len({value.kind for value in values()}) == len(values())
