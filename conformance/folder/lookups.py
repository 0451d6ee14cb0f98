"""
For what a DAG file asks while it is imported, and in which line: variables, connections, the metadata database, another
machine. And for what its tasks ask in vain.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from conformance.sandbox import refused
from conformance.sandbox.network import users_line

# Before any other place, every Airflow looks for these among the environment variables.
_PREFIXES = {"AIRFLOW_VAR_": "variable", "AIRFLOW_CONN_": "connection"}

_AWS_ITSELF = "aws_default"
"""Without this connection AWS is asked as whoever runs the code, and the AWS of the sandbox knows everybody."""

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
        for kind, asked in _sought(name):
            _note(f"asks for the {kind} '{asked}'", users_line())
        return look_up(self, name)  # type: ignore[no-any-return]

    environment.__getitem__ = noted
    event.listen(SandboxPool, "checkout", lambda *_: _note(_DATABASE, users_line()))
    refused.listen(_remember)


@contextmanager
def in_vain() -> Iterator[None]:
    """While inside, it is told when code asks for a Variable or a Connection that is not there: it may do without."""
    environment: Any = type(os.environ)
    look_up = environment.__getitem__

    def told(self: Any, name: str) -> Any:
        try:
            return look_up(self, name)
        except KeyError:
            for kind, asked in _sought(name):
                if asked != _AWS_ITSELF:
                    refused.tell(f"asks for the {kind} '{asked}', which nobody gave", users_line())
            raise

    with mock.patch.object(environment, "__getitem__", told):
        yield


def heard() -> tuple[str, ...]:
    """What was asked for so far, each with its place: "asks for the variable 'bucket' (dags/a.py:3)"."""
    named = [line for line in _asked if not line.startswith(_DATABASE)]
    places = {line.rpartition(" (")[2] for line in named}
    # The database is where Airflow looks last for a variable or a connection: that is said already.
    return tuple(line for line in _asked if line in named or line.rpartition(" (")[2] not in places)


def _sought(name: str) -> Iterator[tuple[str, str]]:
    """What Airflow looks for under the name of an environment variable, if anything: the kind, and its id."""
    return ((kind, name.removeprefix(prefix).lower()) for prefix, kind in _PREFIXES.items() if name.startswith(prefix))


def _note(what: str, line: str | None) -> None:
    if line:
        _remember(f"{what} ({line})")


def _remember(line: str) -> None:
    _asked[line] = None
