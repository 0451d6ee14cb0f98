"""
The truth tables, `fixtures/truth_tables/<rule>.csv`: one line for every combination of states of 1, 2 and 3 upstreams.

They are written from the decision lists, and the cases read them: whoever doubts a line can look at it, or change it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import combinations_with_replacement, groupby, product, zip_longest
from pathlib import Path

from conformance.seam.api import SETUP, States
from conformance.truth.rules import GROUPED, INSTANCE, STATES, SURPLUS, TABLES, TriggerRule, rules
from conformance.versions import holds, pins

TEARDOWN_RULE = "all_done_setup_success"
MOST = 3
"""Upstreams of a join."""
MOST_GROUPED = 2
"""Upstreams of a join in a mapped task group: asking about these takes long."""


@dataclass(frozen=True)
class Row:
    """One line of a truth table; `airflow` is a version range, or empty."""

    rule: str
    upstreams: States
    """The states of the upstreams, in whatever order."""
    airflow: str
    """The versions that this line is about; empty: all."""
    join: str
    """What the scheduler makes of the join."""
    mapped: str
    """The same, if the upstreams are instances of a mapped task."""
    instance: str
    """The same, if the join is an instance of a mapped task."""
    surplus: str
    """The same, if its map index is not below the number of upstreams that succeeded."""
    grouped: str
    """The same, if the join and its upstreams are in a mapped task group; empty for more than two upstreams."""
    asked: str
    """What Airflow tells somebody who only asks, deciding nothing."""
    run: str
    """How the run ends."""

    @property
    def has_setups(self) -> bool:
        """Whether an upstream is a setup, and so the join their teardown."""
        return any(state.startswith(SETUP) for state in self.upstreams)

    @property
    def is_finished(self) -> bool:
        """Whether every upstream has come to its end."""
        return not any(state.endswith("unfinished") for state in self.upstreams)


def combinations() -> Iterator[States]:
    """Every combination of states of 1, 2 and 3 upstreams, in whatever order."""
    for number in range(1, MOST + 1):
        yield from combinations_with_replacement(STATES, number)


def combinations_with_setups() -> Iterator[States]:
    """Every combination of states of 1, 2 and 3 upstreams of which 1, 2 or 3 are setups."""
    for number in range(1, MOST + 1):
        for setups in range(1, number + 1):
            parts = (combinations_with_replacement(STATES, part) for part in (setups, number - setups))
            yield from ((*(f"{SETUP}{state}" for state in first), *rest) for first, rest in product(*parts))


def table(rule: TriggerRule) -> list[Row]:
    """The truth table of a rule."""
    setups = combinations_with_setups() if rule.name == TEARDOWN_RULE else ()
    return [row for upstreams in (*combinations(), *setups) for row in _rows(rule, upstreams)]


def _rows(rule: TriggerRule, upstreams: States) -> Iterator[Row]:
    """A line for each stretch of versions that do the same."""

    def outcomes(version: str) -> tuple[str, ...]:
        join = rule.join(upstreams, version)
        mapped = [join, *(rule.join(upstreams, version, kind) for kind in (INSTANCE, SURPLUS, GROUPED))]
        if len(upstreams) > MOST_GROUPED:
            mapped[-1] = ""
        if any(state.startswith(SETUP) for state in upstreams):
            mapped = [""] * len(mapped)
        return join, *mapped, rule.answer(upstreams, version), rule.run(upstreams, version)

    stretches = [(next(same), found) for found, same in groupby(filter(rule.exists, _minors()), outcomes)]
    for (minor, found), (until, _) in zip_longest(stretches, stretches[1:], fillvalue=("", ())):
        limits = [f">={minor}"] * (minor != stretches[0][0]) + [f"<{until}"] * bool(until)
        yield Row(rule.name, upstreams, ",".join(limits), *found)


@lru_cache(maxsize=1)
def _minors() -> tuple[str, ...]:
    """The minors of Airflow, oldest first."""
    return tuple(pin.minor for pin in pins())


def written(rows: Iterable[Row]) -> str:
    """A table as its file has it."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(field.name for field in fields(Row))
    lines.writerows({**vars(row), "upstreams": " ".join(row.upstreams)}.values() for row in rows)
    return text.getvalue()


def read(path: Path) -> tuple[Row, ...]:
    """The table of a file, without its remarks (`#`)."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(_row(**line) for line in csv.DictReader(lines))


def _row(upstreams: str, **others: str) -> Row:
    return Row(upstreams=tuple(upstreams.split()), **others)


def files() -> dict[Path, str]:
    """Every table by the file that it belongs in."""
    return {TABLES / f"{rule.name}.csv": written(table(rule)) for rule in rules().values()}


def about(rows: Iterable[Row], version: str) -> tuple[Row, ...]:
    """The lines about one version of Airflow."""
    return tuple(r for r in rows if holds(r.airflow, version))


def wrong(rows: Iterable[Row], column: str, seen: Callable[[str, States], str]) -> list[str]:
    """In a sentence each, the lines of a table that are not what was seen."""
    found = []
    for row in rows:
        expected, actual = getattr(row, column), seen(row.rule, row.upstreams)
        if actual != expected:
            found.append(f"{row.rule} after {' + '.join(row.upstreams)}: the table says {expected}, Airflow {actual}")
    return found
