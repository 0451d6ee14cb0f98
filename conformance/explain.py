"""A case in a terminal: what it claims, the DAG that keeps it, and the broken twin that does not. Needs no Airflow."""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from conformance.catalogue import Entry, applies_to, catalogue, file_of, first_line, introduction, twin
from conformance.claims import reader
from conformance.claims.kinds import kinds
from conformance.deviations import facts
from conformance.errors import UserError
from conformance.paths import DAGS, FIXTURES

NEAR = 0.7
"""How much of a twin has to be in the reference DAG, as difflib counts, for a diff to say more than the twin itself."""


@dataclass(frozen=True)
class _Pair:
    """The source that keeps a case and the one that does not, which has its name for the DAG and no docstring."""

    right: Path
    right_source: str
    wrong: Path
    wrong_source: str

    @property
    def likeness(self) -> float:
        lines = self.right_source.splitlines(), self.wrong_source.splitlines()
        return difflib.SequenceMatcher(None, *lines).ratio()

    @property
    def diff(self) -> str:
        lines = self.right_source.splitlines(keepends=True), self.wrong_source.splitlines(keepends=True)
        return "".join(difflib.unified_diff(*lines, self.right.name, self.wrong.name))


def explain(case_id: str, console: Console) -> None:
    """Print everything that is known of a case. Raises UserError, which names near ones, if there is none."""
    entry = _entry(case_id)
    _say(console, "\n".join(_words(entry)))
    pair = max(_pairs(entry), key=lambda pair: pair.likeness)
    _say(console, f"\nA reference that keeps it, {_shown(pair.right)}:\n")
    _show(console, pair.right.read_text(encoding="utf-8"), pair.right.suffix)
    near = pair.likeness >= NEAR
    _say(console, f"\nThe broken twin, {_shown(pair.wrong)}{', as a difference to it' if near else ''}:\n")
    if near:
        _say(console, f"# {first_line(pair.wrong)}")
        _show(console, pair.diff, ".diff")
    else:
        _show(console, pair.wrong.read_text(encoding="utf-8"), pair.wrong.suffix)


def _entry(case_id: str) -> Entry:
    entries = {entry.case.id: entry for entry in catalogue()}
    wanted = case_id.upper()
    if wanted not in entries:
        near = difflib.get_close_matches(wanted, entries, n=3, cutoff=0.5)
        of_pattern = [id for id, entry in entries.items() if entry.pattern == case_id.lower()]
        names = ", ".join(of_pattern or near) or f"any case of the patterns {', '.join(kinds())}"
        raise UserError(f"There is no case '{case_id}': name {names}.")
    return entries[wanted]


def _words(entry: Entry) -> list[str]:
    case = entry.case
    known = [f"On Airflow {fact.airflow}: {fact.seen} ({fact.link})" for fact in facts() if case.id in fact.cases]
    return [
        f"{case.id}: {case.claim}",
        "",
        f"If this fails: {case.if_this_fails}",
        f"Applies to: {applies_to(kinds()[entry.pattern], case)}, from Airflow {case.since}",
        *known,
    ]


def _pairs(entry: Entry) -> list[_Pair]:
    """The twin beside each reference that could be meant: of DAGs, those that the case applies to."""
    wrong = twin(entry)
    if wrong.suffix == ".csv":
        tables = sorted((FIXTURES / "truth_tables").glob("*.csv"))
        return [_Pair(table, _text(table), wrong, _text(wrong)) for table in tables]
    claims = [
        c for c in reader.read(DAGS / reader.FILE).claims if c.pattern == entry.pattern and c.has(entry.case.needs)
    ]
    named = [claim.dag for claim in claims] or re.findall(r"dags/(\w+)\.py", introduction(entry.module)) or ["serial"]
    files = dict.fromkeys(DAGS / file_of(dag) for dag in named)
    return [_Pair(file, _code(file), wrong, _code(wrong, file.stem)) for file in files]


def _code(path: Path, name: str = "") -> str:
    """The source without its docstring, with another name for the DAG: a diff then shows the mistake alone."""
    source = _text(path)
    first = ast.parse(source).body[0]
    lines = source.splitlines(keepends=True)[first.end_lineno :]
    return re.sub(rf"\b{path.stem}\b", name, "".join(lines)) if name else "".join(lines)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _shown(path: Path) -> str:
    return path.relative_to(DAGS.parent).as_posix()


def _say(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)


def _show(console: Console, source: str, suffix: str) -> None:
    """Highlighted in a terminal; elsewhere, as it is."""
    if console.is_terminal:
        lexer = {".py": "python", ".diff": "diff"}.get(suffix, "text")
        console.print(Syntax(source, lexer, background_color="default"))
    else:
        _say(console, source.rstrip("\n"))
