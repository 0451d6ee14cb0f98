"""Every case of the specification, read from the pattern modules; needs neither Airflow nor a pytest run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

from conformance.case import Case, case_of
from conformance.claims import reader
from conformance.claims.kinds import kinds
from conformance.errors import UserError, known, listed
from conformance.folder.survey import DagFile
from conformance.paths import DAGS, FIXTURES
from conformance.patterns import ORDER
from conformance.patterns.trigger_rules import TriggerRules
from conformance.roles.claim import Claim
from conformance.roles.whole_dag import AnyDag, OwnCode


@dataclass(frozen=True)
class Entry:
    """A case and where it stands: its pattern, its module, its test function."""

    case: Case
    pattern: str
    module: str
    function: Callable[..., Any]


def catalogue() -> list[Entry]:
    """Every case in learning order. Raises ValueError when two have one ID."""
    entries = []
    seen: dict[str, str] = {}
    for name in ORDER:
        module = import_module(f"conformance.patterns.{name}")
        for function in vars(module).values():
            case = case_of(function)
            if case is None:
                continue
            if case.id in seen:
                raise ValueError(f"two cases have the ID {case.id}: {seen[case.id]} and {name}.{function.__name__}")
            seen[case.id] = f"{name}.{function.__name__}"
            entries.append(Entry(case, name.replace("_", "-"), name, function))
    return entries


def refuse_unless_asked(ids: Iterable[str], is_given: Callable[[str], object]) -> None:
    """Raise UserError for an ID that no case has, and for a case that is asked for by an option that is not given."""
    entries = {entry.case.id: entry for entry in catalogue()}
    known(ids, entries, "case")
    for id in ids:
        option = kinds()[entries[id].pattern].asked_for
        if option and not is_given(option):
            raise UserError(f"{id} runs the tasks' own code: give {option}, too.")


def twin(entry: Entry) -> Path:
    """The broken twin of a case: a DAG file, or a truth table."""
    file = FIXTURES / "broken" / f"{entry.module}_{entry.case.id.partition('-')[2]}"
    return file.with_suffix(".csv" if entry.pattern == "trigger-rules" else ".py")


def introduction(module: str) -> str:
    """What a pattern module says of itself."""
    return cleandoc(import_module(f"conformance.patterns.{module}").__doc__ or "")


def title(module: str) -> str:
    """The first sentence of a pattern module, without the pattern's name."""
    said = introduction(module).partition("\n\n")[0].partition(": ")[2]
    return (said[0].upper() + said[1:]).rstrip(".")


def reference_files() -> dict[str, list[str]]:
    """The files of the reference DAGs of each pattern: of those that claim it or, if none does, those it names."""
    claims = reader.read(DAGS / reader.FILE).claims
    found = {}
    for module in ORDER:
        pattern = module.replace("_", "-")
        dags = [claim.dag for claim in claims if claim.pattern == pattern]
        found[pattern] = list(dict.fromkeys(map(file_of, dags or re.findall(r"dags/(\w+)\.py", introduction(module)))))
    return found


def file_of(dag: str) -> str:
    """The file of a reference DAG: the one of its name or, if there is none, the one that defines it."""
    files = sorted(DAGS.glob("*.py"), key=lambda path: path.stem != dag)
    return next(path.name for path in files if path.stem == dag or f"def {dag}(" in path.read_text(encoding="utf-8"))


def applies_to(kind: type[Claim], case: Case) -> str:
    """Which claims a case applies to, in words."""
    needs = case.needs
    if case.each:  # the role says so in its docstring: "Every sensor."
        said = cleandoc(getattr(kind, case.each).__doc__).rstrip(".")
        return said[0].lower() + said[1:]
    if kind is TriggerRules:
        return "the rule of teardowns" if needs else "every trigger rule"
    if kind is OwnCode:
        return f"every DAG, with `{kind.asked_for}`"
    if not needs:
        return "the whole folder" if kind is AnyDag else "every claim"
    if kind is AnyDag and hasattr(DagFile, needs[0]):
        conditions = [cleandoc(getattr(DagFile, need).__doc__) for need in needs]
        return f"files where {listed([said.removeprefix('Whether ').rstrip('.') for said in conditions])}"
    types = kind.settings()
    given = [f"`{need} = true`" if types[need] == "bool" else f"`{need}`" for need in needs if need in types]
    # What is no field follows from fields, and its docstring says so: "Whether the sensor …".
    others = [cleandoc(getattr(kind, need).__doc__) for need in needs if need not in types]
    follows = [said.removeprefix("Whether ").rstrip(".") for said in others]
    words = [f"with {listed(given)}"] * bool(given) + [f"where {listed(follows)}"] * bool(follows)
    return f"{'DAGs' if kind is AnyDag else 'claims'} " + " ".join(words)


def first_line(path: Path) -> str:
    """The first sentence of a DAG file or a truth table."""
    text = path.read_text(encoding="utf-8")
    said = text.removeprefix("# ") if path.suffix == ".csv" else ast.get_docstring(ast.parse(text)) or ""
    return said.partition("\n")[0]
