"""What changes, in a terminal: the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby, takewhile
from textwrap import indent

from rich.console import Console

from conformance.report.matrix import say
from conformance.upgrade.compare import Ended, Import, Rehearsal, Upgrade
from conformance.upgrade.known import Touched
from conformance.upgrade.structure import Changed

_WIDE = 90
"""From so many characters on, what was and what is are told in a line each."""


def print_upgrade(found: Upgrade, console: Console) -> None:
    """Print all of it, and a line about the DAGs for which nothing changes."""
    old, new = found.before, found.after
    sections = {
        f"These do not import on {new}, as they do on {old}": _imports(found.stop, old),
        f"These import on {new}, and do not on {old}": _imports(found.start, old),
        "These rehearsals end differently": _rehearsals(found.rehearsals, old, new),
        "These DAGs are read differently": _structure(found.structure, old, new),
        f"Airflow itself is known to differ between {old} and {new} in what these do": map(_touched, found.deviations),
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
    return f"{subjects}  on {one.airflow} only: {one.seen}\n  {cases}  {one.link}"
