"""The chapters of `report.html`: what the specification says of each pattern, from the code; needs no Airflow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import groupby

from conformance.catalogue import Entry, catalogue, reference_files, title
from conformance.deviations import facts
from conformance.paths import DAGS
from conformance.report import pictures
from conformance.report.chapters_model import Cell, Chapter, Drawn, Known, Sentence, Source, Square, Table
from conformance.seam.api import States
from conformance.truth import tables
from conformance.truth.rules import STATES, TABLES, TriggerRule, rules
from conformance.versions import newest


def chapters(patterns: Collection[str]) -> list[Chapter]:
    """The chapters of these patterns, in learning order."""
    files, drawn = reference_files(), pictures.read()
    return [
        Chapter(
            pattern,
            title(entries[0].module),
            tuple(map(_sentence, entries)),
            tuple(Source(file, (DAGS / file).read_text(encoding="utf-8")) for file in files[pattern]),
            drawn.get(pattern, Drawn()),
            tuple(map(_table, _current_rules())) if pattern == "trigger-rules" else (),
        )
        for pattern, entries in ((name, list(found)) for name, found in groupby(catalogue(), lambda e: e.pattern))
        if pattern in patterns
    ]


def _sentence(entry: Entry) -> Sentence:
    case = entry.case
    known = (Known(fact.airflow, fact.seen, fact.link) for fact in facts() if case.id in fact.cases)
    return Sentence(case.id, case.claim, case.if_this_fails, case.since, tuple(known))


def _current_rules() -> list[TriggerRule]:
    """Those that are no other word for another rule."""
    return [rule for rule in rules().values() if not rule.gone]


def _table(rule: TriggerRule) -> Table:
    rows: dict[States, list[tables.Row]] = {}
    minor, version = newest().minor, newest().version
    for row in tables.read(TABLES / f"{rule.name}.csv"):
        rows.setdefault(_sorted(row.upstreams), []).append(row)

    cells = {upstreams: _cell(found, version) for upstreams, found in rows.items()}

    def cell(*upstreams: str) -> Cell:
        return cells[_sorted(upstreams)]

    squares = [Square("", _square(cell))]
    squares += [Square(third, _square(lambda *two, third=third: cell(*two, third))) for third in STATES]
    named = {line.fact.name: line.fact for line in (*rule.decides, *rule.asked) if line.fact}
    known = tuple(Known(fact.airflow, fact.seen, fact.link) for fact in named.values())
    one = tuple(cell(state) for state in STATES)
    return Table(rule.name, rule.use, minor, STATES, one, tuple(squares), known)


def _square(cell: Callable[..., Cell]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(cell(one, other) for other in STATES) for one in STATES)


def _cell(rows: Iterable[tables.Row], version: str) -> Cell:
    rows = list(rows)
    (here,) = tables.about(rows, version)
    others = [row for row in rows if (row.join, row.run) != (here.join, here.run)]
    differs = "; ".join(f"{row.join}, the run: {row.run}, on Airflow {row.airflow}" for row in others)
    return Cell(here.join, here.run, differs)


def _sorted(upstreams: Iterable[str]) -> States:
    return tuple(sorted(upstreams))
