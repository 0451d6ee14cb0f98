"""Where a repository itself says what its DAGs import: told, with its values, if that was missing in a run."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from conformance.environments.requirements import read
from conformance.environments.values import values_offered
from conformance.errors import UserError, listed
from conformance.files import toml
from conformance.folder.import_roots import up_to_the_root
from conformance.folder.missing import distribution, value_kind
from conformance.paths import from_here
from conformance.report import record

_INSTALLS = re.compile(r"\bpip3?\s+install\s+([^;&|]+)")
_FOR_OTHERS = re.compile(r"(?<![a-z])(dev|test|tests|lint|docs|ci|local)(?![a-z])")
"""Requirements of those who work on a repository, beside those of its DAGs."""
_WITH_A_VALUE = {
    *("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-f", "--find-links"),
    *("-i", "--index-url", "--extra-index-url", "--trusted-host", "-t", "--target", "--timeout", "--retries"),
}


def tell(report: Path, folder: Path, requirements: Path | None, with_providers: bool) -> None:
    """If a run lacked packages, or values, say on stderr how to get them: by what was not asked for yet."""
    missing = _missing(report)
    packages = {name for name in missing if not value_kind(name)}
    sentences = offers(folder) if packages and requirements is None else []
    sentences += by_name(packages) if not with_providers else []
    sentences += values_offered(folder, missing)
    for sentence in sentences:
        print(sentence, file=sys.stderr)


def by_name(missing: Collection[str]) -> list[str]:
    """A sentence about the packages that are Airflow's own providers."""
    names = sorted(filter(None, map(distribution, missing)))
    verb, them = ("is", "it") if len(names) == 1 else ("are", "them")
    return [f"{listed(names)} {verb} missing: --providers auto installs {them}."] if names else []


def offers(folder: Path) -> list[str]:
    """
    A sentence for each way in which the repository of a folder says what to install, beside the folder or above it.

    These are requirements files, the dependencies of a project, and what a Dockerfile installs.
    """
    places = up_to_the_root(folder.resolve())
    return [sentence for place in places for sentence in _offered(place, _where(place, places))]


def _offered(place: Path, where: str) -> Iterator[str]:
    files = sorted((*place.glob("requirements*.txt"), *place.glob("requirements/*.txt")), key=_plainest_first)
    if named := [file for file in files if _names_packages(file)]:
        names = listed([f"`{file.relative_to(place).as_posix()}`" for file in named])
        verb, it = ("names", "it") if len(named) == 1 else ("name", "one")
        yield f"{names} {where} {verb} packages: give {it} with --requirements {from_here(named[0])}."
    project = place / "pyproject.toml"
    if _names_packages(project):
        yield f"`pyproject.toml` {where} names dependencies: give it with --requirements {from_here(project)}."
    elif _is_of_poetry(project):
        yield (
            f"`pyproject.toml` {where} names dependencies as Poetry does: write them to a file with `poetry export`, "
            "and give that with --requirements FILE."
        )
    for file in sorted(place.glob("Dockerfile*")):
        if installed := _installed_by(file):
            yield (
                f"`{file.name}` {where} installs {listed(installed)}: write that to a file, a line for each, and give "
                "it with --requirements FILE."
            )


def _missing(report: Path) -> set[str]:
    """What was stood in for in a run."""
    try:
        records = record.read(report).records if report.is_file() else ()
    except UserError:
        return set()
    return {name for one in records for name in one.stand_ins}


def _where(place: Path, places: list[Path]) -> str:
    return {0: "in the folder", 1: "beside the folder"}.get(places.index(place), "above the folder")


def _plainest_first(file: Path) -> tuple[bool, bool, int, str]:
    return bool(_FOR_OTHERS.search(file.stem)), "airflow" not in file.name, len(file.name), file.as_posix()


def _names_packages(file: Path) -> bool:
    if not file.is_file() or "constraints" in file.name:
        return False
    try:
        return any(not line.is_setting and not line.text.startswith("-c") for line in read(file))
    except (OSError, UserError):
        return False


def _is_of_poetry(project: Path) -> bool:
    try:
        wanted = toml(project.read_text(encoding="utf-8")).get("tool", {}).get("poetry", {}).get("dependencies", {})
    except (OSError, ValueError):
        return False
    return bool(wanted.keys() - {"python"})


def _installed_by(dockerfile: Path) -> list[str]:
    """The packages that its lines with `pip install` name, but for Airflow itself and pip."""
    try:
        text = dockerfile.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
    except OSError:
        return []
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return list(dict.fromkeys(name for line in lines for told in _INSTALLS.findall(line) for name in _packages(told)))


def _packages(arguments: str) -> Iterator[str]:
    try:
        words = iter(shlex.split(arguments))
    except ValueError:  # a quotation that does not end
        return
    for word in words:
        if word in _WITH_A_VALUE:
            next(words, None)
        elif not re.match(r"-|(apache-airflow|pip|setuptools|wheel|uv)([\[=<>~!]|$)", word):
            yield word
