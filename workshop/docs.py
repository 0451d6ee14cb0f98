"""
What is written from the code; Airflow is not needed: the index of the specification, `docs/specification.md`, the page
of the trigger rules, `docs/trigger-rules.md`, their truth tables, `fixtures/truth_tables/*.csv`, the pages of
`fixtures/matrix.csv`, `docs/matrix.md` and `.html`, and the JSON Schema of a report, `conformance/report/schema.json`.

    python -m workshop.docs             # write them
    python -m workshop.docs --check     # exit 1 if one is not what the code says
"""

from __future__ import annotations

import ast
import json
import sys
from argparse import ArgumentParser
from dataclasses import MISSING, dataclass, fields
from inspect import cleandoc, getsource
from itertools import groupby
from pathlib import Path

from conformance.catalogue import Entry, applies_to, catalogue, first_line, reference_files, title, twin
from conformance.claims import reader
from conformance.claims.kinds import kinds
from conformance.deviations import facts, reported
from conformance.files import toml_value
from conformance.paths import DAGS, PACKAGE
from conformance.patterns.trigger_rules import TriggerRules
from conformance.report import schema
from conformance.report.views.markdown import table
from conformance.roles.claim import Claim
from conformance.roles.whole_dag import AnyDag, OwnCode
from conformance.truth import tables
from conformance.versions import newest, pins
from workshop import documentation_page, replaced_page, trigger_rules_page
from workshop.matrix import html as matrix_html
from workshop.matrix import outcomes
from workshop.matrix import page as matrix_page

PAGE = PACKAGE.parent / "docs" / "specification.md"
RULES_PAGE = PAGE.with_name("trigger-rules.md")

_TOP = """
# The specification

How Apache Airflow behaves at run time, sentence by sentence. Each sentence is a case. It has an ID that never changes.
It is executed on every Airflow minor from {oldest} to {newest}. A *broken twin*, a DAG with one mistake, proves that it
can fail. What every case takes for granted is in [assumptions.md](assumptions.md).

A DAG is held to a pattern by an entry in `claims.toml`. Each pattern lists the fields that such an entry may fill: a
field without a default has to be there, and a case that needs a field is left out for claims that do not give it. Times
are in seconds. A claim whose tasks cannot play their roles, such as a task named as `sensor` that is not a sensor, is
refused before anything runs, with the tasks that could.

This page is written by `python -m workshop.docs` from the docstrings of the cases. Do not edit it.
"""

_TYPES = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "`true` or `false`",
    "datetime": "instant",
    "tuple[str, ...]": "list of texts",
    "tuple[datetime, ...]": "list of instants",
}


@dataclass(frozen=True)
class Field:
    """One line of a claim: its name, and in words its type, its default (empty: it must be given) and its meaning."""

    name: str
    type: str
    default: str
    means: str


def specification() -> str:
    """The whole page."""
    patterns = [(name, list(entries)) for name, entries in groupby(catalogue(), lambda entry: entry.pattern)]
    parts = [_TOP.strip().format(oldest=pins()[0].minor, newest=newest().minor), _versions(), _patterns(patterns)]
    parts += [_pattern(name, entries) for name, entries in patterns]
    return "\n\n".join(parts) + "\n"


def claim_fields(kind: type[Claim]) -> list[Field]:
    """What a claim of one pattern may say."""
    means = _attribute_docs(kind)
    found = []
    for f in (f for f in fields(kind) if f.name in kind.settings()):
        wanted = _TYPES[str(f.type)]
        if f.name in kind.roles:
            wanted = {"text": "task id", "list of texts": "list of task ids"}[wanted]
        default = "" if f.default is MISSING else "none" if f.default in (None, "") else f"`{json.dumps(f.default)}`"
        found.append(Field(f.name, wanted, default, means.get(f.name, "")))
    return found


def _versions() -> str:
    rows = [(f"`{f.airflow}`", f.seen, ", ".join(map(_case_link, f.cases)), reported(f.link)) for f in facts()]
    known = table(("Airflow", "What is seen instead", "Noticed by", "Reported"), rows)
    later = [
        (_case_link(e.case.id), e.case.since, e.case.claim) for e in catalogue() if e.case.since != pins()[0].minor
    ]
    parts = [
        "## Where versions differ",
        "All known deviations. On these versions the cases that notice it have to fail, and on all others to pass:",
        known,
        "Cases that do not apply to the oldest versions:",
        table(("Case", "From Airflow", "It says"), later),
    ]
    return "\n\n".join(parts)


def _patterns(patterns: list[tuple[str, list[Entry]]]) -> str:
    rows = [
        (f"[{name}](#{name})", title(entries[0].module), ", ".join(_case_link(e.case.id) for e in entries))
        for name, entries in patterns
    ]
    return "## Patterns\n\nIn learning order:\n\n" + table(("Pattern", "What it is", "Cases"), rows)


def _pattern(name: str, entries: list[Entry]) -> str:
    module = entries[0].module
    kind = kinds()[name]
    claims = [claim for claim in reader.read(DAGS / reader.FILE).claims if isinstance(claim, kind)]
    dags = ", ".join(_file("dags", file) for file in reference_files()[name])
    parts = [
        f"## {name}",
        f"{title(entries[0].module)}.",
        f"Reference DAG: {dags or '[all of them](../dags)'} · cases: {_file('conformance/patterns', f'{module}.py')}",
        _claiming(kind, claims),
        *map(_case, entries),
    ]
    return "\n\n".join(parts)


def _claiming(kind: type[Claim], claims: list[Claim]) -> str:
    if kind is AnyDag:
        return "Nobody has to claim it: it holds for every DAG file and every DAG of the folder."
    if kind is OwnCode:
        return (
            f"Nobody has to claim it: it holds for every DAG of the folder. It is asked for with `{kind.asked_for}`, "
            "because it runs the code of the tasks: [assumptions.md](assumptions.md#the-tasks-own-code) says where and "
            "with what limits. Without it these cases do not run, and no report lists them."
        )
    if kind is TriggerRules:
        return (
            "Nobody has to claim it: it is about Airflow itself, not about a folder of DAGs, and runs with the "
            "reference DAGs only. Each trigger rule is held to its truth table in "
            "[fixtures/truth_tables](../fixtures/truth_tables), and [trigger-rules.md](trigger-rules.md) tells them."
        )
    rows = [(f"`{f.name}`", f.type, f.default, f.means) for f in claim_fields(kind)]
    return f"{table(('A claim may say', 'type', 'default', 'meaning'), rows)}\n\n```toml\n{_toml(claims[0])}\n```"


def _toml(claim: Claim) -> str:
    given = {f.name: getattr(claim, f.name) for f in fields(claim) if getattr(claim, f.name) != f.default}
    lines = [f"{name} = {toml_value(value)}" for name, value in {"pattern": claim.pattern, **given}.items()]
    return "\n".join(["[[claim]]", *lines])


def _case(entry: Entry) -> str:
    case = entry.case
    lines = [
        f"* If this fails: {case.if_this_fails}",
        f"* Applies to: {applies_to(kinds()[entry.pattern], case)}, from Airflow {case.since}",
        f"* Broken twin: {_file('fixtures/broken', twin(entry).name)}. {first_line(twin(entry))}",
    ]
    if case.advice:
        lines.append("* Advice: what it finds does not fail a run, unless `--advice-fails` is given.")
    lines += [
        f"* Deviation on Airflow `{fact.airflow}`: {fact.seen} ({reported(fact.link)})"
        for fact in facts()
        if case.id in fact.cases
    ]
    return f"### {case.id}\n\n**{case.claim}**\n\n" + "\n".join(lines)


def _attribute_docs(kind: type[Claim]) -> dict[str, str]:
    """The docstrings below the fields of a claim, which Python itself does not keep."""
    found = {}
    for part in reversed(kind.__mro__[:-1]):
        body = ast.parse(cleandoc(getsource(part))).body[0]
        assert isinstance(body, ast.ClassDef)
        for line, below in zip(body.body, body.body[1:], strict=False):
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and isinstance(below, ast.Expr):
                found[line.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return found


def _file(folder: str, name: str) -> str:
    return f"[{name}](../{folder}/{name})"


def _case_link(case: str) -> str:
    return f"[{case}](#{case.lower()})"


def pages() -> dict[Path, str]:
    """Everything that is written from the code, by its file: pages, and the truth tables."""
    matrix = outcomes.read()
    return {
        PAGE: specification(),
        RULES_PAGE: trigger_rules_page.written(),
        replaced_page.PAGE: replaced_page.written(),
        documentation_page.PAGE: documentation_page.written(),
        PAGE.with_name("matrix.md"): matrix_page.written(matrix),
        PAGE.with_name("matrix.html"): matrix_html.written(matrix),
        schema.FILE: schema.written(),
        **tables.files(),
    }


def main() -> int:
    """Write the pages and tables, or check them; the exit code."""
    parser = ArgumentParser(prog="python -m workshop.docs", description="Write what follows from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not current")
    check, stale = parser.parse_args().check, False
    for path, current in pages().items():
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(current, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != current:
            print(
                f"{path.name} is not what the code says: run `python -m workshop.docs`.",
                file=sys.stderr,
            )
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
