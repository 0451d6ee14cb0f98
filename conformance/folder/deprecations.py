"""What Airflow says is deprecated while a DAG file is imported, and in which line: it often names what to use."""

from __future__ import annotations

import warnings
from typing import TextIO

from conformance.sandbox.network import line_of, users_line

_warned: dict[str, None] = {}


def listen() -> None:
    """From now on note what is deprecated; in a child process, for there is no way back."""
    warnings.simplefilter("always")
    warnings.showwarning = _note


def heard() -> tuple[str, ...]:
    """What is deprecated, each with its place: "Please use `schedule` instead. (dags/a.py:3)"."""
    return tuple(_warned)


def _note(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    text = " ".join(str(message).split())
    # Some of Airflow's warnings name a line of its own; then the user's is on the stack, unless Airflow held them back.
    place = line_of(filename, lineno) or users_line()
    if "deprecated" in text:
        _warned[f"{text} ({place})" if place else text] = None
