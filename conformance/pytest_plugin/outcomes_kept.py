"""
What came of cases, kept in the cache folder: what has not changed is not simulated again.

An outcome is kept under all that it depends on: the kit, Airflow and whatever is installed, the options, what is given,
the claim, and the DAG file, with the content of all that was read while it was imported. What is not as it should be in
the cache folder is as good as nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from conformance.folder import made_of
from conformance.folder.survey import DagFile
from conformance.paths import FIXTURES, told
from conformance.report.verdict import Outcome

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest

MOST_FILES = 10_000
"""So many files are kept, of one DAG file in one state each: the oldest go."""

LASTING = {
    Outcome.passed,
    Outcome.failed,
    Outcome.advice,
    Outcome.tolerated,
    Outcome.deviation,
    Outcome.not_applicable,
    Outcome.assumed,
}
"""What will come of a case again; an error or a time limit may be chance."""

Reports = list[dict[str, Any]]
"""The reports of one item, as plain data."""


class OutcomesKept:
    """The outcomes of a folder; `options` are those on which an outcome depends."""

    def __init__(self, tested: UnderTest, options: Iterable[object]) -> None:
        self._tested = tested
        self._folder = where()
        self._basis = made_of.digest([*_installed(), *map(repr, options), *_given(tested)])

    def of(self, file: DagFile) -> OutcomesOfFile:
        """What is kept of a file in the state that it is in."""
        # In any order: a file that loops over a set has its tasks in another one each time.
        said = made_of.in_any_order({**asdict(file), "seconds": 0})
        digest = made_of.digest([self._basis, json.dumps(said)])
        return OutcomesOfFile(self._folder / digest[:2] / f"{digest}.json")

    def place(self, name: str, case: str, subject: Any) -> str:
        """Where the outcome of an item is kept among those of its file: by its name, claim and tolerance."""
        claim = repr(sorted((name, value) for name, value in vars(subject).items() if name != "summary"))
        tolerance = self._tested.tolerances.get((case, subject.label))
        return made_of.digest([name, type(subject).__name__, claim, repr(tolerance)])

    def bound(self) -> None:
        """Remove the oldest files beyond so many."""
        with suppress(OSError):
            for path in sorted(files(), key=lambda path: path.stat().st_mtime, reverse=True)[MOST_FILES:]:
                path.unlink(missing_ok=True)


class OutcomesOfFile:
    """The outcomes of one DAG file in one state."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reports: dict[str, Reports] = _read(path)
        self._is_changed = False

    def get(self, place: str) -> Reports:
        """What is kept of an item; nothing if it has to be judged."""
        return self._reports.get(place, [])

    def keep(self, place: str, reports: Reports) -> None:
        """Keep what came of an item."""
        self._reports[place] = reports
        self._is_changed = True

    def write(self) -> None:
        """Write it down in one step; where that cannot be, it is simulated again next time."""
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        with suppress(OSError):
            if self._is_changed:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                part.write_text(json.dumps({**_read(self._path), **self._reports}), encoding="utf-8")
                part.replace(self._path)
            else:
                os.utime(self._path)


def where() -> Path:
    """Where they are kept."""
    return user_cache_path("airflow-conformance") / "outcomes"


def files() -> list[Path]:
    """The files in which they are."""
    return [*where().glob("*/*.json")]


def clear() -> int:
    """Forget all outcomes; of how many DAG files they were."""
    forgotten = files()
    for path in forgotten:
        path.unlink(missing_ok=True)
    return len(forgotten)


def _read(path: Path) -> dict[str, Reports]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {name: reports for name, reports in data.items() if _is_right(reports)} if isinstance(data, dict) else {}


def _is_right(reports: Any) -> bool:
    """Whether something is what `keep` was given."""
    return isinstance(reports, list) and all(isinstance(one, dict) and "$report_type" in one for one in reports)


def _installed() -> Iterable[str]:
    """The kit, Python, and whatever is installed."""
    places = sorted(entry for entry in sys.path if Path(entry).is_dir())
    found = sorted(path.name for place in places for path in Path(place).glob("*.dist-info"))
    return made_of.of_kit(FIXTURES / "truth_tables"), *_texts(FIXTURES), sys.version, *found


def _texts(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))]


def _given(tested: UnderTest) -> Iterable[str]:
    """Where the folder is for whoever reads a report, and what its files are given."""
    paths = [tested.folder.path, *tested.pythonpath]
    given = sorted(tested.given.environment.items())
    return *map(str, paths), *map(told, paths), repr(given), tested.given.options, made_of.of_modules()
