"""What changes, in a terminal: the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, takewhile
from textwrap import indent

from rich.console import Console

from conformance.report.terminal import say
from conformance.upgrade.compare import Ended, Happening, Import, Rehearsal, Untold, Upgrade
from conformance.upgrade.deviations_touched import Touched
from conformance.upgrade.structure import Changed
from conformance.upgrade.tables import Otherwise

_MOST_ROWS = 12
"""So many task instances are told of a rehearsal: a mapped task may have hundreds."""
_WIDE = 90
"""From so many characters on, what was and what is are told in a line each."""


def print_upgrade(found: Upgrade, console: Console) -> None:
    """Print all of it, and a line about the DAGs for which nothing changes."""
    old, new = found.before, found.after
    sections = {
        f"These do not import on {new}, as they do on {old}": _imports(found.stop, old),
        f"These import on {new}, and do not on {old}": _imports(found.start, old),
        f"These import on neither {old} nor {new}, so that nothing can be told of them": _imports(found.neither, old),
        "These rehearsals end differently": _rehearsals(found.rehearsals, old, new),
        "These rehearsals end alike, and what happens in them is not the same": _happenings(found.happenings, old, new),
        "These DAGs are read differently": _structure(found.structure, old, new),
        f"Airflow itself is known to differ between {old} and {new} in what these do": map(_touched, found.deviations),
        "If a task returns one of these, the next task gets something else": _values(found.values, old, new),
        "Of these nothing can be told": _unjudged(found.unjudged, old, new),
    }
    for title, blocks in sections.items():
        text = "\n".join(blocks)
        if text:
            say(console, f"{title}:\n{indent(text, '  ')}\n", "bold")
    some = f"{len(found.same)} DAG" + (" behaves" if len(found.same) == 1 else "s behave")
    say(console, f"{some} the same, in {found.rehearsed} rehearsals · Airflow {old} → {new}")


def _imports(files: Iterable[Import], old: str) -> Iterator[str]:
    for file in files:
        yield f"{file.file}: {file.after or file.before}"
        yield from (f"  {old} says: {advice}" for advice in file.advice)


def _rehearsals(found: Iterable[Rehearsal], old: str, new: str) -> Iterator[str]:
    """Those of one case and DAG that end alike are told as one, with the states of the first."""
    for _, alike in groupby(sorted(found, key=_kind), _kind):
        first, *others = alike
        yield f"{first.subject}  {first.case} {first.claim}  ({first.where})"
        yield from (_ended(airflow, ended) for airflow, ended in ((old, first.before), (new, first.after)))
        if others:
            yield f"  and so for {', '.join(one.subject.rpartition(':')[2] for one in others)}"


def _kind(one: Rehearsal) -> tuple[str, ...]:
    outcomes = one.before.outcome, one.after.outcome
    return one.dag, one.case, *outcomes, one.subject if len(set(outcomes)) == 1 else ""


def _ended(airflow: str, ended: Ended) -> str:
    """The outcome and the state table, without what pytest says of the assertion."""
    said = takewhile(lambda line: not line.startswith(("assert ", "If this fails: ")), ended.message.splitlines())
    return indent("\n".join([f"{airflow}: {ended.outcome}  {next(said, '')}".rstrip(), *said]), "  ")


def _happenings(found: Iterable[Happening], old: str, new: str) -> Iterator[str]:
    """What happens alike in several rehearsals of a DAG is told once."""
    groups: dict[tuple[str, tuple[Otherwise, ...]], list[Happening]] = {}
    for one in found:
        groups.setdefault((one.dag, one.rows), []).append(one)
    for (_, rows), (first, *others) in groups.items():
        yield f"{first.subject}  {first.case} {first.claim}  ({first.where})"
        yield from (indent(line, "  ") for row in rows[:_MOST_ROWS] for line in _otherwise(row, old, new))
        yield from [f"  and {len(rows) - _MOST_ROWS} more"] * (len(rows) > _MOST_ROWS)
        if others:
            yield f"  and so in {', '.join(dict.fromkeys(f'{one.case} {one.subject}' for one in others))}"


def _otherwise(one: Otherwise, old: str, new: str) -> Iterator[str]:
    yield f"{one.what}"
    yield f"  {old}: {one.before}"
    yield f"  {new}: {one.after}"


def _values(found: Iterable[Otherwise], old: str, new: str) -> Iterator[str]:
    for one in found:
        yield f"{one.what}: {old} {one.before}, {new} {one.after}"


def _unjudged(found: Iterable[Untold], old: str, new: str) -> Iterator[str]:
    for one in found:
        yield "  ".join(filter(None, (one.subject, one.case)))
        whys = [(old, one.before), (new, one.after)] if one.before != one.after else [("both", one.after)]
        yield from (f"  {where}: {why}" for where, why in whys)


def _structure(changed: Iterable[Changed], old: str, new: str) -> Iterator[str]:
    for (dag, where), of_one in groupby(changed, lambda one: (one.dag, one.where)):
        yield f"{dag}  ({where})"
        for one in of_one:
            if len(one.before + one.after) < _WIDE:
                yield f"  {one.what}: {one.before} → {one.after}"
            else:
                yield f"  {one.what}\n    {old}: {one.before}\n    {new}: {one.after}"


def _touched(one: Touched) -> str:
    cases, subjects = ", ".join(one.cases), ", ".join(one.subjects)
    where = f"on {one.airflow} only" + f" (measured on {one.measured})" * (one.measured != one.airflow)
    return f"{subjects}  {where}: {one.seen}\n  {cases}  {one.link}"
