"""
Trigger rules: what a task does that waits for several, for every rule and whatever became of those before it.

Reference DAG: dags/trigger_rules.py
From 3.1 on also: dags/trigger_rules_min_one.py
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.truth import tables
from conformance.truth.asked_joins import Joins
from conformance.truth.rules import TABLES, TriggerRule, rules
from conformance.truth.tables import wrong


@dataclass(frozen=True, kw_only=True, repr=False)
class TriggerRules(Claim):
    """One trigger rule of the installed Airflow, held to its truth table. It is about no DAG."""

    pattern = "trigger-rules"
    roles = ()
    is_claimed = False

    dag: str = ""
    """None."""
    path: Path
    """The file of the truth table."""

    @classmethod
    def argument(cls) -> str:
        """A case speaks of one rule."""
        return "rule"

    @cached_property
    def rule(self) -> TriggerRule:
        """The trigger rule."""
        return rules()[tables.read(self.path)[0].rule]

    @cached_property
    def rows(self) -> tuple[tables.Row, ...]:
        """The lines of the table that are about the installed Airflow."""
        return tables.about(tables.read(self.path), metadata.version("apache-airflow"))

    @property
    def label(self) -> str:
        """The name of the rule."""
        return self.rule.name

    @property
    def gone(self) -> str:
        """The first Airflow minor that does not have this rule any more; empty: all have it."""
        return self.rule.gone

    @property
    def looks(self) -> bool:
        """Whether anything before a join counts."""
        return any(row.join == "wait" for row in self.rows)

    @property
    def hastens(self) -> bool:
        """Whether a join may start before everything before it has finished."""
        return self.looks and any(row.join == "run" for row in self.rows if not row.is_finished)

    @property
    def setups(self) -> bool:
        """Whether the rule is that of teardowns."""
        return any(row.has_setups for row in self.rows)


def all_rules() -> list[TriggerRules]:
    """Every trigger rule that any Airflow has."""
    return [TriggerRules(path=TABLES / f"{rule.name}.csv", since=rule.since) for rule in rules().values()]


@case("TRIGGER-001")
def test_decides_when_all_have_finished(rule: TriggerRules, joins: Joins) -> None:
    """
    When all its upstreams have finished, in whatever order they stand, a join does what the truth table of its
    trigger rule says.

    If this fails: this version of Airflow decides otherwise; look through the DAGs that use the rule.
    """
    rows = [row for row in rule.rows if row.is_finished and not row.has_setups]
    found = wrong(rows, "join", joins.decided)

    assert not found, "\n".join(found)


@case("TRIGGER-002")
def test_decides_early(rule: TriggerRules, joins: Joins) -> None:
    """
    While some of its upstreams have not finished, a join is decided at once where the truth table of its trigger rule
    says so, and else it waits.

    If this fails: a join of this rule starts, or is given up, earlier or later than on other versions.
    """
    rows = [row for row in rule.rows if not row.is_finished and not row.has_setups]
    found = wrong(rows, "join", joins.decided)

    assert not found, "\n".join(found)


@case("TRIGGER-003")
def test_counts_the_instances_of_a_mapped_task(rule: TriggerRules, joins: Joins) -> None:
    """
    Each instance of a mapped upstream counts as if it was a task of its own, and one that is mapped over nothing counts
    as one task that was skipped.

    If this fails: a join downstream of a mapped task decides otherwise than one downstream of as many tasks.
    """
    rows = [row for row in rule.rows if not row.has_setups]
    found = wrong(rows, "mapped", joins.decided_on_instances)

    assert not found, "\n".join(found)


@case("TRIGGER-004", needs=("setups",))
def test_a_teardown_looks_at_its_setups(rule: TriggerRules, joins: Joins) -> None:
    """
    A teardown waits for everything directly before it and runs if one of its setups succeeded, whatever became of the
    other tasks.

    If this fails: what a setup has made is left behind, or torn down while it is in use.
    """
    rows = [row for row in rule.rows if row.has_setups]
    found = wrong(rows, "join", joins.decided)

    assert not found, "\n".join(found)


@case("TRIGGER-005")
def test_tells_who_only_asks(rule: TriggerRules, joins: Joins) -> None:
    """
    Airflow tells somebody who only asks (`airflow tasks failed-deps`) whether a join can run as the truth table of its
    trigger rule says: where the scheduler would run it.

    If this fails: who asks why a task does not run gets a misleading answer.
    """
    found = wrong(rule.rows, "asked", joins.asked)

    assert not found, "\n".join(found)


@case("TRIGGER-006")
def test_the_run_ends_as_its_last_join_does(rule: TriggerRules, joins: Joins) -> None:
    """
    A run that ends with a join has failed if the join is `upstream_failed` or waits for ever, and else is a success,
    whatever failed before the join; downstream of a teardown nothing is hidden.

    If this fails: runs that were green are red on this version, or the other way round.
    """
    found = wrong(rule.rows, "run", joins.run_ended)

    assert not found, "\n".join(found)


@case("TRIGGER-007")
def test_an_instance_of_a_mapped_join_looks_at_all_upstreams(rule: TriggerRules, joins: Joins) -> None:
    """
    An instance of a mapped join does what the truth table of its trigger rule says, which is what a join that is not
    mapped does, as long as no upstream was removed.

    If this fails: instances of a mapped join start, wait or are skipped where a join that is not mapped would not.
    """
    rows = [row for row in rule.rows if not row.has_setups]
    found = wrong(rows, "instance", joins.decided_on_instance)

    assert not found, "\n".join(found)


@case("TRIGGER-008")
def test_surplus_instances_are_removed(rule: TriggerRules, joins: Joins) -> None:
    """
    An instance of a mapped join whose map index is not below the number of upstreams that succeeded does what the
    truth table of its trigger rule says: with `all_success` it is removed, at once, if an upstream was removed.

    If this fails: after a rerun over fewer items, a mapped join has more or fewer instances than before.
    """
    rows = [row for row in rule.rows if not row.has_setups]
    found = wrong(rows, "surplus", joins.decided_on_surplus)

    assert not found, "\n".join(found)


@case("TRIGGER-009")
def test_in_a_mapped_group_an_instance_is_on_its_own(rule: TriggerRules, joins: Joins) -> None:
    """
    In a mapped task group, or a group in one, a join that stands downstream of others of that group does in each
    instance what the truth table of its trigger rule says of the states in this instance, whatever becomes of the other
    instances.

    If this fails: what fails, is skipped or is slow in one instance of a mapped group decides about all of them.
    """
    found = wrong([row for row in rule.rows if row.grouped], "grouped", joins.decided_in_group)

    assert not found, "\n".join(found)
