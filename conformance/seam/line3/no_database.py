"""
Airflow 3: a task or a trigger has no metadata database. Airflow's own way to say so, which undoes itself here.

In a real worker the process of a task blocks its database for good. Here the decisions, and the Execution API, need it
in the same process: it is blocked only while the code of a task or a trigger runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from airflow import settings
from airflow.configuration import conf
from airflow.sdk.execution_time import supervisor

_ABSENT = object()
_other_side: list[tuple[Any, dict[str, Any]]] = []
"""Names of the settings' module and of the environment, with their values on the other side of the fence."""

_blocked = False


def prepare() -> None:
    """Let Airflow block the database once, remember what that changes, and take it back."""
    places: list[Any] = [vars(settings), os.environ]
    before = [dict(place) for place in places]
    with mock.patch.object(conf, "has_section", return_value=False):  # the environment comes before the configuration
        supervisor.block_orm_access()
    for place, was in zip(places, before, strict=True):
        changed = [name for name in {*was, *place} if was.get(name, _ABSENT) != place.get(name, _ABSENT)]
        _other_side.append((place, {name: was.get(name, _ABSENT) for name in changed}))
    _swap()


def move(blocked: bool) -> bool:
    """Block the database or give it back; whether it was blocked before."""
    global _blocked
    before, _blocked = _blocked, blocked
    if before is not blocked:
        _swap()
    return before


@contextmanager
def closed() -> Iterator[None]:
    """While inside, there is no database."""
    before = move(True)
    try:
        yield
    finally:
        move(before)


@contextmanager
def opened() -> Iterator[None]:
    """While inside, there is a database, as for a supervisor and whom it asks."""
    before = move(False)
    try:
        yield
    finally:
        move(before)


def _swap() -> None:
    for place, values in _other_side:
        for name, value in values.items():
            values[name] = place.get(name, _ABSENT)
            if value is _ABSENT:
                place.pop(name, None)
            else:
                place[name] = value
