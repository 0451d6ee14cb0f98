"""Which Airflows the kit has pins for, and where those pins are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from conformance.errors import UserError
from conformance.files import read_toml
from conformance.paths import FIXTURES

CONSTRAINTS = FIXTURES / "constraints"


@dataclass(frozen=True)
class Pin:
    """One Airflow minor: `minor` "2.11", newest patch `version` "2.11.2", and the Pythons ("3.11") it can run on."""

    minor: str
    version: str
    released_before: date
    pythons: tuple[str, ...]

    @property
    def constraints(self) -> Path:
        """The requirements file that holds every package of this Airflow's environment, each at one version."""
        return CONSTRAINTS / f"airflow-{self.minor}.txt"


def pins() -> list[Pin]:
    """Every Airflow the kit knows, oldest first."""
    table = read_toml(CONSTRAINTS / "versions.toml")
    found = [
        Pin(minor, entry["version"], entry["released_before"], tuple(entry["pythons"]))
        for minor, entry in table.items()
    ]
    return sorted(found, key=lambda pin: Version(pin.version))


def holds(airflow: str, version: str) -> bool:
    """Whether a version of Airflow is in a range such as ">=3.0,<3.2"; every one is in the empty range."""
    return SpecifierSet(airflow).contains(version, prereleases=True)


def measured(airflow: str) -> str:
    """The patch of a version's minor on which the specification is measured; empty if there is none."""
    minor = ".".join(airflow.split(".")[:2])
    return next((pin.version for pin in pins() if pin.minor == minor), "")


def newest() -> Pin:
    """The Airflow that is used where nobody asked for another."""
    return pins()[-1]


def find(airflow: str) -> Pin:
    """The pin for a minor ("2.11") or a full version ("2.11.2"); UserError naming what exists when there is none."""
    for pin in pins():
        if airflow in (pin.minor, pin.version):
            return pin
    known = ", ".join(f"{pin.minor} ({pin.version})" for pin in pins())
    raise UserError(f"No pins for Airflow {airflow!r}: choose one of {known}.")
