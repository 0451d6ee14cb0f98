"""Every case of the specification, read from the pattern modules; needs neither Airflow nor a pytest run."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc

from conformance.case import Case, case_of
from conformance.patterns import ORDER


@dataclass(frozen=True)
class Entry:
    """A case and where it stands: its pattern, its module, the name of its test function."""

    case: Case
    pattern: str
    module: str
    function: str


def catalogue() -> list[Entry]:
    """Every case in learning order. Raises ValueError when two have one ID."""
    entries = []
    seen: dict[str, str] = {}
    for name in ORDER:
        module = import_module(f"conformance.patterns.{name}")
        for function, found in vars(module).items():
            case = case_of(found)
            if case is None:
                continue
            if case.id in seen:
                raise ValueError(f"two cases have the ID {case.id}: {seen[case.id]} and {name}.{function}")
            seen[case.id] = f"{name}.{function}"
            entries.append(Entry(case, name.replace("_", "-"), name, function))
    return entries


def introduction(module: str) -> str:
    """What a pattern module says of itself."""
    return cleandoc(import_module(f"conformance.patterns.{module}").__doc__ or "")
