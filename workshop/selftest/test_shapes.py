"""Proves that the shapes of known deviations are those of the DAGs that deviate, and not of what is almost the same."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from conformance import deviations as known
from conformance.deviations import Deviation, deviations
from conformance.folder.schedule import Schedule
from conformance.folder.summary import DagSummary, TaskSummary
from conformance.folder.survey import Folder
from conformance.folder.task_settings import Trying, Waiting
from conformance.paths import FIXTURES
from conformance.pytest_plugin.plugin import under_test
from conformance.truth.rules import facts
from conformance.upgrade.shapes import SHAPES, joins, tasks

OF_SETTINGS = {"XCOMOBJECT-005", "XCOMOBJECT-006", "XCOMOBJECT-007"}
"""The deviations of an XCom backend: which one there is stands in Airflow's configuration."""
OF_SCHEDULES = {"SCHED-001", "SCHED-002", "SCHED-005", "SCHED-006"}
"""Those of a schedule: an upgrade computes the first runs of each DAG on both sides, and tells what differs."""
OF_CODE = {"TEMPLATE-006", "CALLBACK-002"}
"""Those of the text of a template, and of a callback: the summary of a DAG has neither."""
WITHOUT = OF_SETTINGS | OF_SCHEDULES | OF_CODE

INSTANTS = Schedule("CronTriggerTimetable", "", catchup=True, max_active_runs=16)
POKING = Waiting("poke", 60.0, 3600.0, False, False, False, False, None)
RESCHEDULING = replace(POKING, mode="reschedule")
SOFT, GROWING = replace(POKING, soft=True), replace(RESCHEDULING, grows=True)
TIMED = Trying(60.0, 1.0, None, 300.0, False)
SENSOR = TaskSummary("x", kind="sensor", waiting=POKING)


def task(task_id: str, *upstream: str, **said: Any) -> TaskSummary:
    """A task that does something."""
    return TaskSummary(task_id, "PythonOperator", upstream=upstream, **said)


def in_group(task_id: str, *upstream: str, **said: Any) -> TaskSummary:
    """A task in a task group that is mapped over values written out, or over a result."""
    return task(task_id, *upstream, mapped=True, mapped_group="each", **said)


def mapped(task_id: str, *upstream: str, **said: Any) -> TaskSummary:
    """A task that is mapped itself."""
    return task(task_id, *upstream, mapped=True, expanded=True, **said)


BRANCH, SHORT = {"kind": "branch"}, {"kind": "short-circuit"}
MIN_ONE = {"trigger_rule": "none_failed_min_one_success"}
TEARDOWN = {"teardown": True, "trigger_rule": "all_done_setup_success"}

EXAMPLES: dict[str, tuple[list[TaskSummary], list[TaskSummary]]] = {
    "mapped task downstream of a branch": (
        [task("a", **BRANCH), mapped("x", "a")],
        [task("a", **SHORT), mapped("x", "a")],
    ),
    "mapped task downstream of a short circuit": (
        [task("a", **SHORT), mapped("x", "a")],
        [task("a", **SHORT), task("b", "a"), mapped("x", "b")],
    ),
    "choice in a mapped group": (
        [in_group("x", **BRANCH), in_group("y", "x")],
        [task("x", **BRANCH), task("y", "x")],
    ),
    "choice in a group over a result": (
        [in_group("x", over_result=True, **SHORT), in_group("y", "x", over_result=True)],
        [in_group("x", **SHORT), in_group("y", "x")],
    ),
    "short circuit in a mapped group": (
        [in_group("x", **SHORT), in_group("y", "x")],
        [in_group("x", **BRANCH), in_group("y", "x")],
    ),
    "hard short circuit in a mapped group": (
        [in_group("x", hard=True, **SHORT), in_group("y", "x")],
        [in_group("x", **SHORT), in_group("y", "x")],
    ),
    "rule in a mapped group": (
        [in_group("a"), in_group("x", "a")],
        [in_group("a"), in_group("x", "a", trigger_rule="always")],
    ),
    "first-answer rule in a mapped group": (
        [in_group("a"), in_group("x", "a", trigger_rule="one_done")],
        [in_group("a"), in_group("x", "a", trigger_rule="all_done")],
    ),
    "one_failed in a group over a result": (
        [in_group("a"), in_group("x", "a", over_result=True, trigger_rule="one_failed")],
        [in_group("a"), in_group("x", "a", trigger_rule="one_failed")],
    ),
    "none_failed_min_one_success in a group over a result": (
        [in_group("a"), in_group("x", "a", over_result=True, **MIN_ONE)],
        [task("a"), in_group("x", "a", over_result=True, **MIN_ONE)],
    ),
    "teardown downstream of indirect work": (
        [task("s", setup=True), task("a", "s"), task("b", "a"), task("x", "s", "b", **TEARDOWN)],
        [task("s", setup=True), task("a", "s"), task("b", "a"), task("x", "s", "a", "b", **TEARDOWN)],
    ),
    "deferrable sensor with retries": (
        [replace(SENSOR, deferrable=True, retries=1)],
        [replace(SENSOR, retries=1)],
    ),
    "deferrable sensor with soft_fail": (
        [replace(SENSOR, deferrable=True, waiting=SOFT)],
        [replace(SENSOR, waiting=SOFT)],
    ),
    "sensor with soft_fail": (
        [replace(SENSOR, waiting=SOFT)],
        [replace(SENSOR, deferrable=True, waiting=SOFT)],
    ),
    "rescheduled sensor with retries": (
        [replace(SENSOR, waiting=RESCHEDULING, retries=1)],
        [replace(SENSOR, retries=1)],
    ),
    "rescheduled sensor with exponential_backoff": (
        [replace(SENSOR, waiting=GROWING)],
        [replace(SENSOR, waiting=replace(GROWING, mode="poke"))],
    ),
    "deferrable task with execution_timeout": (
        [task("x", deferrable=True, trying=TIMED)],
        [task("x", trying=TIMED)],
    ),
    "deferrable task with retries": (
        [task("x", deferrable=True, retries=1)],
        [task("x", deferrable=True)],
    ),
    "mapped task with retries": (
        [mapped("x", retries=1)],
        [task("x", retries=1)],
    ),
    "LatestOnlyOperator in runs about instants": (
        [TaskSummary("x", operator="LatestOnlyOperator")],
        [TaskSummary("x", operator="BranchDayOfWeekOperator")],
    ),
    "task in a DAG with dagrun_timeout": ([task("x"), task("y", "x")], [task("x")]),
}
"""By shape: a DAG of which task `x`, and no other, is of that shape, and one that is almost the same and has none."""


def dag(of: list[TaskSummary]) -> DagSummary:
    """A DAG of these tasks, whose runs may take an hour."""
    return DagSummary("orders", "o.py", 1, tuple(of), run_timeout=3600.0, schedule=INSTANTS)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_what_it_says_and_no_more(shape: str) -> None:
    """In one DAG a shape finds its task; in another, that is almost the same, nothing."""
    has, lacks = EXAMPLES[shape]

    assert tasks(shape, dag(has)) == ["x"]
    assert tasks(shape, dag(lacks)) == []


def test_every_deviation_has_a_shape() -> None:
    """What Airflow is known to do otherwise can be told of a DAG that nobody claims anything of."""
    shapeless = {one.case for one in deviations() if not one.fact.shape}

    assert shapeless == WITHOUT
    assert {fact.shape for fact in known.facts() if fact.shape} == SHAPES.keys()


def test_the_reference_dags_that_deviate_have_the_shape(request: pytest.FixtureRequest) -> None:
    """Where a run on all versions found a deviation, the DAG has the shape of it, and its claim is told of."""
    folder = under_test(request.config).folder
    seen = [(case, subject, of) for case, subject, of in _seen_to_deviate() if subject.partition(":")[0] in folder.dags]
    shapeless = [(case, subject) for case, subject, of in seen if not _is_told(of, folder, subject)]

    assert len(seen) > 100
    assert shapeless == []


def _seen_to_deviate() -> Iterator[tuple[str, str, list[Deviation]]]:
    """By the committed matrix: each case and subject that deviates on a version, and what is known of it there."""
    with (FIXTURES / "matrix.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            case, subject = row.pop("case"), row.pop("subject")
            for version in (version for version, outcome in row.items() if outcome == "deviation"):
                yield case, subject, [one for one in deviations() if one.case == case and one.fact.holds(version)]


def _is_told(of: list[Deviation], folder: Folder, subject: str) -> bool:
    found = folder.dags[subject.partition(":")[0]]
    return any(one.case in WITHOUT or tasks(one.fact.shape, found) for one in of)


@pytest.mark.parametrize(
    ("join", "fact"),
    [
        (task("x", "each"), "removed-blocks"),
        (task("x", "each", trigger_rule="none_failed"), "removed-blocks"),
        (mapped("x", "each", **MIN_ONE), "removed-is-enough"),
        (mapped("x", "each", trigger_rule="dummy"), "aliases"),
    ],
)
def test_a_join_that_a_fact_about_trigger_rules_decides_of(join: TaskSummary, fact: str) -> None:
    """Downstream of a task that is mapped over a result, a rule does what the lines with that fact say."""
    shrinking = dag([task("list", feeds_mapping=True), mapped("each", "list"), join])

    assert [name for name in facts() if "x" in joins(facts()[name], shrinking)] == [fact]


@pytest.mark.parametrize(
    "join",
    [
        pytest.param(task("x", "list"), id="nothing before it can be removed"),
        pytest.param(task("x", "each", trigger_rule="all_done"), id="it takes what was removed for done"),
        pytest.param(mapped("x", "each"), id="it is mapped itself"),
        pytest.param(task("x"), id="nothing is before it"),
    ],
)
def test_a_join_that_no_fact_decides_of(join: TaskSummary) -> None:
    """Other joins do the same on every version."""
    shrinking = dag([task("list", feeds_mapping=True), mapped("each", "list"), join])

    assert [name for name in facts() if "x" in joins(facts()[name], shrinking)] == []
