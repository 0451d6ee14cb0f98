"""
Pins for other released versions of the minors that the kit knows, made when they are asked for and kept in the cache.

From the package index alone, as the committed pins are: what stands in for Airflow's own constraints is the index as it
was some days after the release.
"""

from __future__ import annotations

import os
import re
import subprocess
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path

from platformdirs import user_cache_path

from conformance.environments.build import uv
from conformance.errors import UserError
from conformance.versions import Pin, pins

SETTLED = timedelta(days=7)
"""So long after a release what belongs to it is out, too."""

_DAY = "# What was on the index before"

FIRST_DAY = date(2023, 8, 1)
"""No Airflow that the kit knows is older."""


@dataclass(frozen=True)
class Released(Pin):
    """A version that has no committed pins."""

    @property
    def constraints(self) -> Path:
        """The requirements file in the cache."""
        return user_cache_path("airflow-conformance") / "constraints" / f"airflow-{self.version}.txt"


def find(airflow: str) -> Pin:
    """The committed pin of a minor or a version or, of another patch of a known minor, one that is resolved now."""
    minors = {pin.minor: pin for pin in pins()}
    for pin in minors.values():
        if airflow in (pin.minor, pin.version):
            return pin
    known = minors.get(airflow.rpartition(".")[0])
    if known is None or not re.fullmatch(r"[\d.]+", airflow):
        choice = f"choose {', '.join(minors)}, or a patch of these"
        raise UserError(f"Airflow {airflow!r} is not specified: {choice}.")
    pin = Released(known.minor, airflow, known.released_before, known.pythons)
    if not pin.constraints.exists():
        day = _released(airflow) + SETTLED
        needed = resolved([f"apache-airflow=={airflow}", *needs_of_the_kit()], day)
        _write(f"{needed.rstrip()}\n{_DAY} {day}\n", pin.constraints)
    noted = re.search(rf"^{_DAY} (\S+)$", pin.constraints.read_text(encoding="utf-8"), re.MULTILINE)
    return replace(pin, released_before=date.fromisoformat(noted[1])) if noted else pin


def needs_of_the_kit() -> list[str]:
    """What the kit itself needs in any environment."""
    return [need for need in metadata.requires("airflow-conformance") or [] if "extra ==" not in need]


def resolved(requirements: list[str], before: date, *options: str) -> str:
    """What is needed for all of these on Python 3.10 and up, as of a day: one `name==version` a line."""
    done = _compile(requirements, before, "--universal", "--python-version", "3.10", *options)
    if done.returncode:
        raise UserError(
            f"uv found no packages that go with {requirements[0]} ({' '.join(done.stderr.split())}): "
            "choose another version."
        )
    return done.stdout


def _released(airflow: str) -> date:
    """The first day at whose beginning a version was on the index: uv knows of dates, but tells none."""

    def is_there(days: int) -> bool:
        return not _compile([f"apache-airflow=={airflow}"], FIRST_DAY + timedelta(days), "--no-deps").returncode

    until_tomorrow = range((date.today() - FIRST_DAY).days + 2)
    days = bisect_left(until_tomorrow, True, key=is_there)
    if days == len(until_tomorrow):
        raise UserError(
            f"The package index has no Airflow {airflow}, or cannot be reached: name a version that it has."
        )
    return FIRST_DAY + timedelta(days)


def _compile(requirements: list[str], before: date, *options: str) -> subprocess.CompletedProcess[str]:
    # The date has a time because without one it would mean midnight of whoever runs this.
    common = f"--exclude-newer {before}T00:00:00Z --quiet --no-header --no-annotate --no-emit-index-url"
    command = [uv(), "pip", "compile", "-", *options, *common.split(), "--no-emit-find-links"]
    return subprocess.run(command, input="\n".join(requirements), capture_output=True, text=True, check=False)


def _write(text: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
