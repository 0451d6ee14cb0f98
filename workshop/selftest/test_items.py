"""Whoever is mapped over the result of a task that does nothing gets items of the shape that it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.folder.parse import parse
from conformance.simulator import do, gives, simulate, succeed


@pytest.fixture(scope="module")
def dag(sandbox: None) -> Any:
    """A DAG with each way to map over a result."""
    dags, error = parse(Path(__file__).parent / "dags" / "mapping.py")
    assert error is None, error
    return dags["mapping"]


FEEDING = ("plain", "by_name", "for_move", "for_here", "for_copy", "for_both", "for_part", "for_made")


def instances(run: Any) -> dict[str, int]:
    """How many mapped instances each task had."""
    mapped = [key.task_id for key in run.states if key.map_index >= 0]
    return {task: mapped.count(task) for task in mapped}


def test_two_items_unless_it_is_said(dag: Any) -> None:
    """Lists, mappings and the arguments of `expand_kwargs` are returned, and the run succeeds."""
    run = simulate(dag)

    assert run.state == "success", run.explain()
    assert set(instances(run).values()) == {2}
    assert len(instances(run)) == 12


@pytest.mark.parametrize("count", [1, 3])
def test_as_many_as_are_said(dag: Any, count: int) -> None:
    """`gives` makes that many instances of all who map, whatever shape the items have."""
    run = simulate(dag, *(gives(task, count) for task in FEEDING))

    assert run.state == "success", run.explain()
    assert set(instances(run).values()) == {count}


def test_no_items_skip_who_maps(dag: Any) -> None:
    """Over nothing a mapped task is skipped, and no task has an instance."""
    run = simulate(dag, *(gives(task, 0) for task in FEEDING))

    assert run.state == "success", run.explain()
    assert instances(run) == {}


def test_functions_get_what_the_scenario_says(dag: Any) -> None:
    """The function of a `.map` is called with what a task is said to return; what it makes of that is mapped over."""
    run = simulate(dag, succeed("for_part", [{"part": 1}, {"part": 2}, {"part": 3}]), do("for_made", lambda _: ["a"]))

    assert instances(run)["load_part"] == 3
    assert run.state_of("load_part") == "success", run.explain("load_part")
    assert run.state_of("move_made") in ("failed", "running"), run.explain("move_made")  # 3.0 breaks off
