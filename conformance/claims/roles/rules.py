"""What is held to truth tables: trigger rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

from conformance.claims.roles.base import Claim
from conformance.truth import tables
from conformance.truth.rules import TABLES, TriggerRule, rules


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
