"""Known differences between a case and some versions of Airflow: `fixtures/deviations.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import metadata

from conformance.files import read_toml
from conformance.paths import FIXTURES
from conformance.versions import holds


@dataclass(frozen=True)
class Fact:
    """
    What some versions of Airflow do otherwise, under a name.

    `airflow` is a version range such as ">=3.0,<3.2"; `link` a public issue, or "not reported". `shape` names, for an
    upgrade, what a DAG has that this touches; empty if no DAG shows it. `cases` are the IDs of those that notice it,
    each with the fields that a claim fills if the case is to notice it.
    """

    name: str
    airflow: str
    seen: str
    link: str
    shape: str = ""
    cases: Mapping[str, list[str]] = field(default_factory=dict, hash=False)

    def holds(self, version: str) -> bool:
        """Whether this is so on a version of Airflow."""
        return holds(self.airflow, version)


@dataclass(frozen=True)
class Deviation:
    """A case that a fact makes fail, of claims that fill the fields that it `needs`."""

    case: str
    fact: Fact
    needs: tuple[str, ...] = ()


def reported(link: str) -> str:
    """Say in Markdown where something is reported; or that it is not."""
    return f"[reported]({link})" if "://" in link else link


@lru_cache(maxsize=1)
def facts() -> tuple[Fact, ...]:
    """Return every known fact that a case notices, of whatever version."""
    return tuple(Fact(**entry) for entry in read_toml(FIXTURES / "deviations.toml")["fact"])


@lru_cache(maxsize=1)
def deviations() -> tuple[Deviation, ...]:
    """Return every known deviation, of whatever version."""
    return tuple(Deviation(case, fact, tuple(needs)) for fact in facts() for case, needs in fact.cases.items())


@cache
def here(case: str) -> list[Deviation]:
    """Return the deviations of a case on the installed Airflow; asked of every record."""
    version = metadata.version("apache-airflow")
    return [one for one in deviations() if one.case == case and one.fact.holds(version)]
