"""Which Python runs a verification: the one that has the Airflow asked for, and what the DAGs import besides."""

from __future__ import annotations

import sys
from collections.abc import Collection
from enum import Enum
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from conformance.environments import providers
from conformance.errors import UserError
from conformance.versions import Pin, find, newest, pins


class Providers(str, Enum):
    """Which providers to install: `auto` are those that the files import."""

    auto = "auto"


def python(airflow: str, requirements: Path | None = None, imported: Collection[str] = ()) -> Path:
    """
    A Python with the Airflow that is named, or else the one beside us, or else the newest.

    What is to be installed besides, `requirements` and the distributions of the `imported` providers, is in an
    environment of our own: nothing is installed beside us.
    """
    if airflow:
        return providers.ensure(find(airflow), imported, requirements)
    beside = _beside()
    if not beside:
        return providers.ensure(newest(), imported, requirements)
    if requirements is None and not set(imported) - _installed():
        return Path(sys.executable)
    return providers.ensure(_pin_of(beside), imported, requirements)


def _beside() -> str:
    """The version of the Airflow beside us; an empty text if there is none."""
    # The distribution, not the module: a folder called `airflow` in the caller's project is not Airflow.
    return next((found.version for found in metadata.distributions(name="apache-airflow")), "")


def _installed() -> set[str]:
    return {canonicalize_name(found.metadata["Name"] or "") for found in metadata.distributions()}


def _pin_of(airflow: str) -> Pin:
    for pin in pins():
        if airflow.startswith(f"{pin.minor}."):
            if pin.version != airflow:
                print(
                    f"In an environment with Airflow {pin.version}, not the {airflow} beside this command.",
                    file=sys.stderr,
                )
            return pin
    raise UserError(
        f"There is no environment for Airflow {airflow}, which is beside this command: name one of "
        f"{', '.join(pin.minor for pin in pins())} with --airflow."
    )
