"""Which known deviations hold on one of two Airflows alone, and which DAGs they touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from conformance.catalogue import catalogue
from conformance.claims.roles import AnyDag, Claim
from conformance.deviations import Deviation, deviations
from conformance.discovery import discover
from conformance.sandbox.summary import DagSummary


@dataclass(frozen=True)
class Touched:
    """What Airflow is known to do on `airflow`, one of the two, in a task that follows a pattern it is about."""

    dag: str
    subjects: tuple[str, ...]
    cases: tuple[str, ...]
    airflow: str
    seen: str
    link: str


def touched(old: str, new: str, dags: Mapping[str, DagSummary], claims: Iterable[Claim]) -> Iterator[Touched]:
    """For each DAG the deviations that come or go between `old` and `new`, and touch what is claimed or seems so."""
    cases = {entry.case.id: entry for entry in catalogue()}
    told = list(claims)
    for dag_id, dag in sorted(dags.items()):
        ours = [claim for claim in told if claim.dag == dag_id] + [found.claim for found in discover(dag)]
        found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for deviation in deviations():
            on = [version for version in (old, new) if _holds(deviation, version)]
            if len(on) != 1 or deviation.case not in cases:
                continue
            entry = cases[deviation.case]
            needs = (*entry.case.needs, *deviation.needs)
            each = entry.case.each  # which says that the case holds for every DAG, and nobody has to claim it
            for claim in AnyDag(dag=dag_id, summary=dag).each(each) if each else ours:
                if claim.pattern == entry.pattern and claim.has(needs):
                    found.setdefault((on[0], deviation.seen, deviation.link), []).append((deviation.case, claim.label))
        for (airflow, seen, link), about in found.items():
            of_cases, subjects = (tuple(dict.fromkeys(names)) for names in zip(*about, strict=True))
            yield Touched(dag_id, subjects, of_cases, airflow, seen, link)


def _holds(deviation: Deviation, airflow: str) -> bool:
    return SpecifierSet(deviation.airflow).contains(airflow, prereleases=True)
