"""Where the mail of a sandbox goes: nowhere. Airflow 2 writes one for every failed task that has `email` set."""

from __future__ import annotations

from typing import Any

from conformance.sandbox import refused
from conformance.sandbox.network import users_line


def discard(*message: Any, **settings: Any) -> None:
    """An Airflow email backend that sends nothing."""
    refused.tell("sends a mail, which is thrown away", users_line())
