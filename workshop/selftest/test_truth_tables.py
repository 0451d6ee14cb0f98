"""The truth tables are whole and current, and what they are checked against is what a simulated run does."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue import catalogue, twin
from conformance.deviations import Fact
from conformance.seam.api import States, airflow
from conformance.simulator import SimulatedRun, Word, fail, simulate, skip, takes
from conformance.truth import tables
from conformance.truth.rules import STATES, TABLES, TriggerRule, facts, rules
from conformance.truth.tables import Row
from conformance.versions import pins
from workshop import docs, trigger_rules_page

pytestmark = pytest.mark.at_both_ends

VERSION = metadata.version("apache-airflow")
RULES = [*rules().values()]
HERE = [rule for rule in RULES if rule.exists(VERSION)]
TWINS = [twin(entry) for entry in catalogue() if entry.pattern == "trigger-rules"]
LONGEST_LIST = 5

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
each_rule_here = pytest.mark.parametrize("rule", HERE, ids=lambda rule: rule.name)


# --- the lists and the tables ---


@pytest.mark.usefixtures("sandbox")
def test_every_trigger_rule_has_a_table() -> None:
    """The installed Airflow has just the trigger rules that the kit has tables for, on this version."""
    assert set(airflow().trigger_rules()) == {rule.name for rule in HERE}


@each_rule
def test_a_table_is_whole(rule: TriggerRule) -> None:
    """A table has, for each version that has the rule, one line for each of the 83 combinations of states."""
    rows = tables.read(TABLES / f"{rule.name}.csv")

    for pin in pins():
        if rule.exists(pin.version):
            found = Counter(tuple(sorted(r.upstreams)) for r in tables.about(rows, pin.version) if not r.has_setups)
            assert len(found) == 6 + 21 + 56
            assert set(found.values()) == {1}
            assert {state for states in found for state in states} == set(STATES)


@each_rule
def test_a_list_can_be_read_in_a_minute(rule: TriggerRule) -> None:
    """Without what only some versions do, a decision list has few lines, and only the last always fits."""
    lines = [line for line in rule.decides if line.fact is None]

    assert len(lines) <= LONGEST_LIST
    assert [line.quantity for line in lines].index("otherwise") == len(lines) - 1


WRITTEN = {docs.RULES_PAGE: trigger_rules_page.written(), **tables.files()}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_what_is_written_is_current(path: Path) -> None:
    """The tables and the page of the trigger rules say what the decision lists say."""
    assert path.read_text(encoding="utf-8") == WRITTEN[path], "run `make docs`"


def test_no_table_is_left_over() -> None:
    """Every table belongs to a rule."""
    assert {path.stem for path in TABLES.glob("*.csv")} == set(rules())


@pytest.mark.parametrize("fact", facts().values(), ids=lambda fact: fact.name)
def test_a_fact_is_of_some_versions(fact: Fact) -> None:
    """A fact holds on some versions that the kit has pins for and not on all, and can be looked up."""
    found = [pin for pin in pins() if fact.holds(pin.version)]

    assert 0 < len(found) < len(pins())
    assert fact.seen.endswith(".")
    assert fact.link == "not reported" or fact.link.startswith("https://github.com/apache/airflow/")


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_a_twin_is_one_cell_away(path: Any) -> None:
    """A broken twin differs from the table that it was copied from in one cell."""
    broken = tables.read(path)
    whole = tables.read(TABLES / f"{broken[0].rule}.csv")

    cells = [
        pair for one, other in zip(broken, whole, strict=True) for pair in zip(*map(values, (one, other)), strict=True)
    ]
    assert len([one for one, other in cells if one != other]) == 1


def values(row: Row) -> list[Any]:
    """The cells of a line."""
    return [*vars(row).values()]


# --- what they are checked against ---


@pytest.mark.usefixtures("sandbox")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@each_rule_here
def test_a_simulated_run_agrees(rule: TriggerRule) -> None:
    """What a table says of a join, and of its run, is what a simulated run of such a DAG does."""
    rows = [row for row in tables.about(tables.table(rule), VERSION) if can_be_simulated(rule, row)]

    for row in rows[HERE.index(rule) :: len(HERE)]:
        run = simulate(*dag_and_scenario(rule.name, row.upstreams))
        assert seen(run) == row.join, run.explain("join")
        if row.is_finished:
            assert run.state == row.run, run.explain("join")


def can_be_simulated(rule: TriggerRule, row: Row) -> bool:
    """Whether a plain DAG comes to such states, and nothing is decided before it has come to all of them."""
    if row.has_setups or "removed" in row.upstreams:
        return False
    before = product(*((state, "unfinished") for state in row.upstreams))
    return {rule.join(states, VERSION) for states in before} <= {"wait", row.join}


def dag_and_scenario(rule: str, upstreams: States) -> list[Any]:
    """A DAG with one join, and words by which its upstreams come to such states (`unfinished`: only after an hour)."""
    from workshop.selftest.sdk import DAG, BaseOperator

    words: dict[str, Any] = {
        "success": lambda task: [],
        "failed": lambda task: [fail(task)],
        "skipped": lambda task: [skip(task)],
        "upstream_failed": lambda task: [fail(f"before_{task}")],
        "unfinished": lambda task: [takes(task, hours=1)],
    }
    scenario: list[Word] = []
    name = f"{rule}__{'__'.join(upstreams)}"
    with DAG(name, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc), schedule=None) as dag:
        join = BaseOperator(task_id="join", trigger_rule=rule)
        for place, state in enumerate(upstreams):
            task = BaseOperator(task_id=f"upstream_{place}")
            task >> join
            if state == "upstream_failed":
                BaseOperator(task_id=f"before_upstream_{place}") >> task
            scenario += words[state](task.task_id)
    return [dag, *scenario]


def seen(run: SimulatedRun) -> str:
    """What became of the join in the first instant of a run, before anything that takes time has ended."""
    if run.starts("join")[:1] == [0.0]:
        return "run"
    states = [state for instant, key, state in run.history if key.task_id == "join" and instant == 0 and state]
    return states[-1] if states else "wait"
