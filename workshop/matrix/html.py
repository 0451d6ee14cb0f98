"""The matrix as the page that `airflow-conformance report` makes: `docs/matrix.html`. Needs no Airflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from conformance import __version__
from conformance.catalogue import Entry, catalogue
from conformance.claims import reader
from conformance.deviations import Deviation, deviations
from conformance.environments.build import PREFERENCE
from conformance.paths import DAGS
from conformance.patterns.trigger_rules import all_rules
from conformance.report import pictures, show
from conformance.report.record import Dag, Footer, Header, Outcome, Record, Report
from conformance.report.verdict import verdict
from conformance.roles.claim import Claim
from workshop.matrix.outcomes import Seen

_NEVER = "2024-01-01T00:00:00+00:00"
"""A report says when it was begun; the same matrix is always the same page."""


def written(matrix: Mapping[str, Seen]) -> str:
    """The text of the page."""
    return show.html([_report(version, found) for version, found in matrix.items()])


def _report(version: str, found: Seen) -> Report:
    records = tuple(_record(*pair, outcome, version) for pair, outcome in sorted(found.items()))
    outcomes = Counter(record.outcome for record in records)
    counts = {outcome.value: outcomes[outcome] for outcome in Outcome if outcome in outcomes}
    header = Header(__version__, version, PREFERENCE[0], {}, "sqlite", "dags", _NEVER)
    return Report(header, records, Footer(counts, verdict(outcomes), _NEVER), tuple(_dags().values()))


def _record(case: str, subject: str, outcome: Outcome, version: str) -> Record:
    entry = _entries()[case]
    known = _known(entry, subject, version) if outcome is Outcome.deviation else None
    dag = subject.partition(":")[0]
    return Record(
        case=case,
        pattern=entry.pattern,
        subject=subject,
        outcome=outcome,
        claim=entry.case.claim,
        seconds=0,
        message=known.fact.seen if known else "",
        link=known.fact.link if known else "",
        dag=dag if dag in _dags() else "",
    )


def _known(entry: Entry, subject: str, version: str) -> Deviation:
    """What Airflow does instead of what a case says, with the DAG that a claim is about."""
    claim = _claims().get((entry.pattern, subject))  # of what holds for every DAG, nobody claims anything
    found = [d for d in deviations() if d.case == entry.case.id and d.fact.holds(version)]
    return max(found, key=lambda d: claim is None or claim.has(d.needs))


@lru_cache(maxsize=1)
def _entries() -> dict[str, Entry]:
    return {entry.case.id: entry for entry in catalogue()}


@lru_cache(maxsize=1)
def _claims() -> dict[tuple[str, str], Claim]:
    claims: list[Claim] = [*reader.read(DAGS / reader.FILE).claims, *all_rules()]
    return {(claim.pattern, claim.label): claim for claim in claims}


@lru_cache(maxsize=1)
def _dags() -> dict[str, Dag]:
    return {dag.dag: dag for drawn in pictures.read().values() for dag in drawn.dags}
