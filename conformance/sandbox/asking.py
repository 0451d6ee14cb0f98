"""For what a DAG file asks while it is imported: variables, connections, the metadata database, and in which line."""

from __future__ import annotations

import os
from typing import Any

from conformance.sandbox.network import users_line

# Before any other place, every Airflow looks for these among the environment variables.
_PREFIXES = {"AIRFLOW_VAR_": "variable", "AIRFLOW_CONN_": "connection"}

_DATABASE = "asks the metadata database"

_asked: dict[str, None] = {}


def listen() -> None:
    """From now on note what the user's code asks for; in a child process, for there is no way back."""
    # Not at the top: whoever only looks at what can be claimed needs no SQLAlchemy.
    from sqlalchemy import event

    from conformance.sandbox.sqlite import SandboxPool

    environment: Any = type(os.environ)
    look_up = environment.__getitem__

    def noted(self: Any, name: str) -> str:
        for prefix, kind in _PREFIXES.items():
            if name.startswith(prefix):
                _note(f"asks for the {kind} '{name.removeprefix(prefix).lower()}'")
        return look_up(self, name)  # type: ignore[no-any-return]

    environment.__getitem__ = noted
    event.listen(SandboxPool, "checkout", lambda *_: _note(_DATABASE))


def heard() -> tuple[str, ...]:
    """What was asked for so far, each with its place: "asks for the variable 'bucket' (dags/a.py:3)"."""
    named = [line for line in _asked if not line.startswith(_DATABASE)]
    places = {line.rpartition(" (")[2] for line in named}
    # The database is where Airflow looks last for a variable or a connection: that is said already.
    return tuple(line for line in _asked if line in named or line.rpartition(" (")[2] not in places)


def _note(what: str) -> None:
    if line := users_line():
        _asked[f"{what} ({line})"] = None
