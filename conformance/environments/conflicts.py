"""
Finds out which lines of a requirements file do not go with an Airflow, and which releases would.

Told by the package index alone, by way of uv: lines are tried with the Airflow and without the others.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import CompletedProcess

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from conformance.environments.requirements import Line, read

Compile = Callable[[Sequence[str], Sequence[str]], CompletedProcess[str]]
"""What uv makes of lines, with options: `name==version` for all that is needed, or an error."""

_FIRST = ("--resolution", "lowest-direct", "--no-build")
"""The oldest release. Very old ones often cannot be built any more, so only those count that need no building."""


class Unfit:
    """What in a file of requirements does not go with an Airflow ("3.3.2")."""

    def __init__(self, file: Path, airflow: str, compile: Compile) -> None:
        lines = list(read(file))
        self._settings = [line.text for line in lines if line.is_setting]
        self._lines = [line for line in lines if not line.is_setting]
        self._name = airflow
        self._airflow = f"apache-airflow=={airflow}"
        self._compile = compile

    def sentences(self) -> Iterator[str]:
        """One for each conflict; none if it is not the lines that are wrong, such as without a network."""
        if not self._fits(self._lines) and self._fits([]):
            print(f"asking the package index which lines do not go with Airflow {self._name} …", file=sys.stderr)
            for conflict in conflicts(self._lines, self._fits):
                yield self._alone(*conflict) if len(conflict) == 1 else self._together(conflict)

    def _fits(self, lines: Sequence[Line]) -> bool:
        return not self._tried(self._airflow, *(line.text for line in lines)).returncode

    def _tried(self, *lines: str, options: Sequence[str] = ()) -> CompletedProcess[str]:
        return self._compile([*self._settings, *lines], options)

    def _together(self, lines: Sequence[Line]) -> str:
        them, places = (" and ".join(said) for said in zip(*((one.written, one.where) for one in lines), strict=True))
        why = reason(self._tried(self._airflow, *(line.text for line in lines)))
        return f"{them} ({places}) do not go together with Airflow {self._name}; uv said: {why}"

    def _alone(self, line: Line) -> str:
        wanted = line.requirement
        if wanted is None:
            why = reason(self._tried(self._airflow, line.text))
            return f"{line.written} ({line.where}) does not go with Airflow {self._name}; uv said: {why}"
        if canonicalize_name(wanted.name) == "apache-airflow":
            return f"{line.written} is not Airflow {self._name}, which the command names: take it out of {line.where}."
        start = f"{line.written} cannot be installed with Airflow {self._name}"
        if not self._release(_of(wanted), "--no-deps"):
            return f"{start}: the package index has no release of {wanted.name} for it; correct {line.where}."
        if since := self._first_after(wanted):
            return f"{start}: {wanted.name} supports it since {since}; allow that in {line.where}."
        if newest := self._release(_of(wanted)):
            return f"{start}: the newest release of {wanted.name} that can be is {newest}; allow it in {line.where}."
        return f"{start}: no release of {wanted.name} can be; take it out of {line.where}."

    def _first_after(self, wanted: Requirement) -> str:
        """The first release after those that were asked for, none of which fits, that does."""
        asked = []
        for specifier in wanted.specifier:
            with suppress(InvalidVersion):
                asked += [Version(specifier.version.removesuffix(".*"))] if specifier.operator != "!=" else []
        return self._release(_of(wanted, f">={max(asked)}"), *_FIRST) if asked else ""

    def _release(self, wanted: Requirement, *options: str) -> str:
        """The release of a package that goes with the Airflow; an empty text if none does."""
        airflow = [] if "--no-deps" in options else [self._airflow]
        found = re.search(
            rf"^{re.escape(canonicalize_name(wanted.name))}==(\S+)",
            self._tried(*airflow, str(wanted), options=options).stdout,
            re.MULTILINE,
        )
        return found[1] if found else ""


def conflicts(lines: Sequence[Line], fits: Callable[[Sequence[Line]], bool]) -> Iterator[list[Line]]:
    """Lines that do not fit, alone or together: each time as few as possible, until the rest fits."""
    left = list(lines)
    while not fits(left):
        found: list[Line] = []
        before = left
        while fits(found):
            # With one line more at a time it stops fitting somewhere: that line is part of the conflict.
            count = bisect_left(range(len(before)), True, key=lambda n: not fits([*found, *before[: n + 1]]))
            if count == len(before):
                return  # it fits now: the index was out of reach for a moment
            found, before = [before[count], *found], before[:count]
        yield found
        left = [line for line in left if line not in found]


def reason(done: CompletedProcess[str]) -> str:
    """Why uv failed, in its own words and one line: which package does not go with which, because of what."""
    said = " ".join(done.stderr.split()) or "nothing"
    return said[max(said.find("Because"), 0) :]


def _of(wanted: Requirement, releases: str = "") -> Requirement:
    """The same package with its extras and its marker, but other releases."""
    other = Requirement(str(wanted))
    other.specifier = SpecifierSet(releases)
    return other
