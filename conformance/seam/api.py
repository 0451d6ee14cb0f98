"""Which of the two version modules this process uses, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import import_module, metadata
from typing import Any, NamedTuple

from conformance.errors import UserError


class Key(NamedTuple):
    """One task instance of a run; `map_index` is -1 when the task is not mapped."""

    task_id: str
    map_index: int = -1

    def __str__(self) -> str:
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


class RunKey(NamedTuple):
    """One task instance of one of several runs."""

    run_id: str
    key: Key


@dataclass(frozen=True)
class RunRow:
    """A run as the metadata database has it."""

    run_id: str
    state: str
    start: datetime | None
    end: datetime | None
    logical_date: datetime | None


@dataclass(frozen=True)
class Unreadable:
    """In place of an XCom that Airflow wrote to the database and refuses to read: why."""

    why: str


@dataclass(frozen=True)
class Row:
    """A task instance as the metadata database has it."""

    key: Key
    state: str | None
    try_number: int
    start: datetime | None
    end: datetime | None
    trigger_id: int | None


class Stored(NamedTuple):
    """All that the metadata database has of a run, as it has it: its own row, and those of its task instances."""

    run: dict[str, Any]
    tis: dict[Key, dict[str, Any]]


@dataclass(frozen=True)
class XcomBackend:
    """A backend: where its class is, and the environment variables that it reads."""

    kind: str
    settings: dict[str, str]


SETUP = "setup:"
"""What the state of an upstream begins with that is a setup."""

States = tuple[str, ...]
"""The states of the upstreams of a join."""


class Hooks(NamedTuple):
    """Where a version module calls back into the simulated run in progress."""

    play: Callable[[Any, Any], None]
    """`play(operator, context)`: an operator instance is about to be executed."""
    renders: Callable[[Any], bool]
    """`renders(context)`: whether the templates of a task instance are rendered; those of a played task are not."""
    deadline: Callable[[float, BaseException], AbstractContextManager[None]]
    """`deadline(seconds, error)`: in place of the alarm behind `execution_timeout`, which no simulated clock fires."""


FIRST, LAST = (2, 7), (3, 3)
"""The oldest and the newest Airflow minor that the specification speaks of."""


@lru_cache(maxsize=1)
def airflow_version() -> tuple[int, int, int]:
    """The installed Airflow, without importing it. Raises UserError if there is none or it is out of range."""
    try:
        found = metadata.version("apache-airflow")
    except metadata.PackageNotFoundError:
        raise UserError(
            "Apache Airflow is not installed here: run `pip install apache-airflow`, "
            "or `airflow-conformance verify --airflow 3.3`."
        ) from None
    major, minor, patch = (int(part) for part in found.split(".")[:3])
    if not FIRST <= (major, minor) <= LAST:
        first, last = (".".join(map(str, end)) for end in (FIRST, LAST))
        raise UserError(
            f"Airflow {found} is installed here, but only {first} to {last} are specified: "
            f"run `airflow-conformance verify --airflow {last}`."
        )
    return major, minor, patch


@lru_cache(maxsize=1)
def airflow() -> Any:
    """The version module for the installed Airflow: `airflow2` or `airflow3`. Imports Airflow."""
    return import_module(f"conformance.seam.line{airflow_version()[0]}.internals")
