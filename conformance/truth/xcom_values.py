"""What becomes of a value on its way through an XCom, on the installed Airflow: `fixtures/xcom_values.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import lru_cache
from importlib import metadata
from math import nan
from typing import Any, NamedTuple
from uuid import UUID

from conformance.files import read_toml
from conformance.paths import FIXTURES
from conformance.versions import holds

NOT_STORED = "not stored"
NOT_READ = "not read"


class Plain:
    """A class that says nothing of how it is stored."""


@dataclass(frozen=True)
class Point:
    """A class that Airflow knows how to store, and that its configuration does not allow to import."""

    x: int


class Pair(NamedTuple):
    """A named tuple."""

    left: int
    right: int


_NAMES = {found.__name__: found for found in (Pair, Plain, Point, UUID, date, datetime, timezone)} | {"nan": nan}


@dataclass(frozen=True)
class Value:
    """A value that a task returns; `arrives` is what the next task gets, `fate` empty, NOT_STORED or NOT_READ."""

    kind: str
    returned: Any
    arrives: Any
    fate: str


@lru_cache(maxsize=1)
def values() -> tuple[Value, ...]:
    """Every value of the table, with what becomes of it on the installed Airflow."""
    version = metadata.version("apache-airflow")
    return tuple(_value(entry, version) for entry in _entries())


def arriving(*versions: str) -> Iterator[tuple[str, ...]]:
    """The kinds of values of which not the same becomes on all these versions: the kind, and what on each."""
    for entry in _entries():
        said = [_said(entry, version) for version in versions]
        if len(set(said)) > 1:
            yield entry["kind"], *(entry["returned"] if one == "same" else one for one in said)


def _entries() -> list[dict[str, Any]]:
    table = read_toml(FIXTURES / "xcom_values.toml")
    return list(table["value"])


def _said(entry: dict[str, Any], version: str) -> str:
    (said,) = [said for here, said in entry["arrives"].items() if holds(here, version)]
    return str(said)


def _value(entry: dict[str, Any], version: str) -> Value:
    said = _said(entry, version)
    returned = eval(entry["returned"], dict(_NAMES))
    if said in (NOT_STORED, NOT_READ):
        return Value(entry["kind"], returned, None, said)
    return Value(entry["kind"], returned, returned if said == "same" else eval(said, dict(_NAMES)), "")


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of one type, inside as well; what is not a number is the same as itself."""
    if type(one).__qualname__ != type(other).__qualname__:
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(map(same, [*one, *one.values()], [*other, *other.values()]))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (one != one and other != other)
