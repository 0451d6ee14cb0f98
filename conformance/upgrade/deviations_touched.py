"""What is known to hold on one of two Airflows alone, and which DAGs it touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from conformance.catalogue import catalogue
from conformance.deviations import deviations
from conformance.folder.summary import DagSummary
from conformance.roles.claim import Claim
from conformance.truth.rules import facts
from conformance.upgrade import shapes
from conformance.versions import measured


@dataclass(frozen=True)
class Touched:
    """
    What Airflow is known to do on `airflow`, one of the two, where a DAG has what it is about.

    It is known of the patch `measured`. `cases` are those that notice it, or the name of a fact about trigger rules.
    """

    dag: str
    subjects: tuple[str, ...]
    cases: tuple[str, ...]
    airflow: str
    measured: str
    seen: str
    link: str


Found = dict[tuple[str, str, str], list[tuple[str, str]]]
"""By version, sentence and link: the case or fact, and the subject."""


def touched(old: str, new: str, dags: Mapping[str, DagSummary], claims: Iterable[Claim]) -> Iterator[Touched]:
    """For each DAG what comes or goes between `old` and `new` and touches what it has, or what is claimed of it."""
    told = list(claims)
    for dag_id, dag in sorted(dags.items()):
        found: Found = {}
        _deviations((old, new), dag, [claim for claim in told if claim.dag == dag_id], found)
        _facts((old, new), dag, found)
        for (airflow, seen, link), about in found.items():
            of_cases, subjects = (tuple(dict.fromkeys(names)) for names in zip(*about, strict=True))
            yield Touched(dag_id, subjects, of_cases, airflow, measured(airflow), seen, link)


def _deviations(versions: tuple[str, str], dag: DagSummary, claims: list[Claim], found: Found) -> None:
    cases = {entry.case.id: entry for entry in catalogue()}
    for deviation in deviations():
        on = [version for version in versions if deviation.fact.holds(version)]
        if len(on) != 1 or deviation.case not in cases:
            continue
        entry = cases[deviation.case]
        needs = (*entry.case.needs, *deviation.needs)
        subjects = (
            [f"{dag.dag_id}:{task}" for task in shapes.tasks(deviation.fact.shape, dag)] if deviation.fact.shape else []
        )
        subjects += [claim.label for claim in claims if claim.pattern == entry.pattern and claim.has(needs)]
        for subject in dict.fromkeys(subjects):
            found.setdefault((on[0], deviation.fact.seen, deviation.fact.link), []).append((deviation.case, subject))


def _facts(versions: tuple[str, str], dag: DagSummary, found: Found) -> None:
    for fact in facts().values():
        on = [version for version in versions if fact.holds(version)]
        for join in shapes.joins(fact, dag) if len(on) == 1 else ():
            found.setdefault((on[0], fact.seen, fact.link), []).append((fact.name, f"{dag.dag_id}:{join}"))
