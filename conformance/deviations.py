"""Known differences between a case and some versions of Airflow: `fixtures/deviations.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata

from packaging.specifiers import SpecifierSet

from conformance.files import read_toml
from conformance.paths import FIXTURES


@dataclass(frozen=True)
class Deviation:
    """
    What a range of Airflow versions does instead of what a case says.

    `airflow` is a version range such as ">=3.0,<3.2"; `link` a public issue, or "not reported"; `needs` limits it
    to claims that fill these fields. `shape` names, for an upgrade, what a DAG has that this touches; empty if no DAG
    shows it.
    """

    case: str
    airflow: str
    seen: str
    link: str
    needs: tuple[str, ...] = ()
    shape: str = ""

    def holds(self, version: str) -> bool:
        """Whether this is so on a version of Airflow."""
        return SpecifierSet(self.airflow).contains(version, prereleases=True)


def reported(link: str) -> str:
    """In Markdown, where something is reported; or that it is not."""
    return f"[reported]({link})" if "://" in link else link


@lru_cache(maxsize=1)
def deviations() -> tuple[Deviation, ...]:
    """Every known deviation, of whatever version."""
    data = read_toml(FIXTURES / "deviations.toml")
    return tuple(Deviation(**{**entry, "needs": tuple(entry.get("needs", ()))}) for entry in data.get("deviation", []))


@cache
def here(case: str) -> list[Deviation]:
    """The deviations of a case on the installed Airflow; asked of every record."""
    version = metadata.version("apache-airflow")
    return [d for d in deviations() if d.case == case and d.holds(version)]
