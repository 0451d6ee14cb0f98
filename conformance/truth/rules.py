"""
The decision list of each trigger rule, from `fixtures/truth_tables/rules.toml`.

Written by hand, from what Airflow says of its rules; nothing here is asked of Airflow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conformance.deviations import Fact
from conformance.files import read_toml
from conformance.paths import FIXTURES
from conformance.seam.api import SETUP, States
from conformance.versions import holds

TABLES = FIXTURES / "truth_tables"

STATES = ("success", "failed", "skipped", "upstream_failed", "removed", "unfinished")
"""What an upstream can have come to. Unfinished: anything from not started to waiting for its retry."""

UNMAPPED, INSTANCE, SURPLUS, GROUPED = "unmapped", "instance", "surplus", "grouped"
"""What a join can be: a task that is not mapped; an instance of one that is; such an instance with a map index that is
not below the number of upstreams that succeeded; a task in a mapped group, downstream of others in that group."""

WHO = {
    "": (UNMAPPED, INSTANCE, SURPLUS, GROUPED),
    "unmapped": (UNMAPPED,),
    "mapped": (INSTANCE, SURPLUS, GROUPED),
    "mapped task": (INSTANCE, SURPLUS),
    "surplus": (SURPLUS,),
}
"""Of which joins a line speaks, by the words at its end."""


@dataclass(frozen=True)
class Line:
    """
    One line of a decision list: if `quantity` of the upstreams are in one of `states`, then `outcome`.

    `both`: there is one in each of them. `who`: the joins that it is about; empty: all.
    """

    quantity: str
    states: States
    outcome: str
    setups: bool = False
    who: str = ""
    fact: Fact | None = None

    def is_about(self, kind: str) -> bool:
        """Whether this line speaks of such a join at all."""
        return kind in WHO[self.who]

    def fits(self, upstreams: States, version: str, kind: str, join: str) -> bool:
        """Whether this line is about such upstreams, about such a join, and about this version of Airflow."""
        if not self.is_about(kind) or (self.fact and not self.fact.holds(version)):
            return False
        if self.quantity == "otherwise":
            return True
        if self.quantity == "join":
            return join in self.states
        if self.quantity == "both":
            return set(self.states) <= set(upstreams)
        found = [state for state in upstreams if state.startswith(SETUP) or not self.setups]
        among = [state.removeprefix(SETUP) in self.states for state in found]
        return bool(among) and {"any": any(among), "all": all(among), "no": not any(among)}[self.quantity]

    def __str__(self) -> str:
        said = [self.quantity, *["setups"] * self.setups, " or ".join(self.states)]
        return " ".join(filter(None, said))


@dataclass(frozen=True)
class TriggerRule:
    """
    A trigger rule: what it is for, and its decision list.

    `asked` comes before what follows for somebody who only asks; `surprises` are sentences; `alias` is the rule that
    this one is another word for. It exists from Airflow `since` up to, not including, `gone`; empty: always.
    """

    name: str
    use: str
    decides: tuple[Line, ...]
    asked: tuple[Line, ...] = ()
    surprises: tuple[str, ...] = ()
    alias: str = ""
    since: str = ""
    gone: str = ""

    def join(self, upstreams: States, version: str, kind: str = UNMAPPED) -> str:
        """What the scheduler makes of a join: run, skipped, upstream_failed, removed or wait."""
        return first(self.decides, upstreams, version, kind)

    def answer(self, upstreams: States, version: str) -> str:
        """What Airflow tells somebody who only asks whether a join could run: run or wait."""
        run = "run" if self.join(upstreams, version) == "run" else "wait"
        return first(self.asked, upstreams, version) or run

    def run(self, upstreams: States, version: str) -> str:
        """How the run ends, if a join that runs succeeds; "running" if it does not end yet."""
        is_teardown = any(state.startswith(SETUP) for state in upstreams)
        lines = run_lists()["teardown" if is_teardown else "join"]
        return first(lines, upstreams, version, join=self.join(upstreams, version))

    def exists(self, version: str) -> bool:
        """Whether a version of Airflow knows this rule."""
        wanted = [f">={self.since}"] * bool(self.since) + [f"<{self.gone}"] * bool(self.gone)
        return holds(",".join(wanted), version)


def first(lines: Iterable[Line], upstreams: States, version: str, kind: str = UNMAPPED, join: str = "") -> str:
    """What the first line that fits says; empty if none does."""
    return next((line.outcome for line in lines if line.fits(upstreams, version, kind, join)), "")


@lru_cache(maxsize=1)
def facts() -> dict[str, Fact]:
    """Return what differs between versions of Airflow, by name."""
    return {entry["name"]: Fact(**entry) for entry in _data()["fact"]}


@lru_cache(maxsize=1)
def rules() -> dict[str, TriggerRule]:
    """Every trigger rule that any version of Airflow has, by name."""
    found = _data()["rule"]
    return {name: _rule(name, entry, found[entry.get("alias", name)]) for name, entry in found.items()}


@lru_cache(maxsize=1)
def run_lists() -> dict[str, tuple[Line, ...]]:
    """How a run ends: one list for a run that ends with a join, one for a run that ends with a teardown."""
    return {name: _lines(lines) for name, lines in _data()["run"].items()}


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return read_toml(TABLES / "rules.toml")


def _rule(name: str, entry: dict[str, Any], listed: dict[str, Any]) -> TriggerRule:
    said: dict[str, Any] = {word: entry[word] for word in ("use", "alias", "since", "gone") if word in entry}
    said["surprises"] = tuple(entry.get("surprises", ()))
    if "alias" in entry:
        said["decides"] = _lines([*entry["decides"], *listed["decides"]])
    return TriggerRule(name, asked=_lines(listed.get("asked", ())), **{"decides": _lines(listed["decides"]), **said})


def _lines(texts: Iterable[str]) -> tuple[Line, ...]:
    return tuple(_line(text) for text in texts)


def _line(text: str) -> Line:
    form = r"(any|all|both|no|join|otherwise)( setups)? ?([\w ]*): (\w+)(?: \(([\w ]+)\))?(?: \[(.+)\])?"
    found = re.fullmatch(form, text)
    if found is None:
        raise ValueError(f"no line of a decision list: {text!r}")
    quantity, setups, states, outcome, who, fact = found.groups()
    named = tuple(re.split(" or | and ", states)) if states else ()
    return Line(quantity, named, outcome, bool(setups), who or "", facts()[fact] if fact else None)
