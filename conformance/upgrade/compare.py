"""What a person who upgrades wants to know, from what was seen on two Airflows: pure functions over plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from conformance.claims.folder import DagFile, Folder
from conformance.claims.roles import Claim
from conformance.report.diff import Change, differences
from conformance.report.record import Outcome, Record, Report
from conformance.upgrade.known import Touched, touched
from conformance.upgrade.structure import Changed, changes


@dataclass(frozen=True)
class Seen:
    """A folder as one Airflow sees it: what was found in it, and what came of its rehearsals."""

    folder: Folder
    report: Report

    @property
    def airflow(self) -> str:
        """The version."""
        return self.report.header.airflow


@dataclass(frozen=True)
class Import:
    """
    A file that one of the two does not import, and why; the other error is empty.

    `dags` are lost by that, and `advice` is what the old Airflow says is deprecated in the file.
    """

    file: str
    dags: tuple[str, ...]
    before: str
    after: str
    advice: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """How a rehearsal ends on one of the two."""

    outcome: str
    message: str


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that does not end as it did."""

    case: str
    claim: str
    subject: str
    dag: str
    where: str
    before: Ended
    after: Ended


@dataclass(frozen=True)
class Upgrade:
    """All that changes from Airflow `before` to `after`; `same` DAGs behave alike in `rehearsals` rehearsals."""

    before: str
    after: str
    stop: tuple[Import, ...]
    start: tuple[Import, ...]
    rehearsals: tuple[Rehearsal, ...]
    structure: tuple[Changed, ...]
    deviations: tuple[Touched, ...]
    same: tuple[str, ...]
    rehearsed: int

    @property
    def changes(self) -> bool:
        """Whether anything does."""
        return bool(self.stop or self.start or self.rehearsals or self.structure or self.deviations)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def compare(old: Seen, new: Seen, claims: Iterable[Claim]) -> Upgrade:
    """What changes; `claims` are the user's own, to which those are added that his DAGs seem to keep."""
    imports = _imports(old.folder.files, new.folder.files)
    both = old.folder.dags.keys() & new.folder.dags.keys()
    rehearsals = tuple(_rehearsals(old.report, new.report, both))
    structure = tuple(changes(old.folder, new.folder))
    deviations = tuple(touched(old.airflow, new.airflow, {**new.folder.dags, **old.folder.dags}, claims))
    told = {one.dag for one in rehearsals} | {one.dag for one in structure} | {one.dag for one in deviations}
    same = tuple(sorted(both - told))
    return Upgrade(
        old.airflow,
        new.airflow,
        tuple(found for found in imports if found.after),
        tuple(found for found in imports if found.before),
        rehearsals,
        structure,
        deviations,
        same,
        sum(record.dag in same for record in new.report.records),
    )


def _imports(old: Sequence[DagFile], new: Sequence[DagFile]) -> list[Import]:
    """The files that one imports and the other does not."""
    after = {file.path: file for file in new}
    return [
        Import(
            one.path,
            tuple(dag.dag_id for dag in (*one.dags, *other.dags)),
            one.error.message if one.error else "",
            other.error.message if other.error else "",
            one.warned,
        )
        for one in old
        if (other := after.get(one.path)) and bool(one.error) != bool(other.error)
    ]


def _rehearsals(old: Report, new: Report, dags: Iterable[str]) -> Iterable[Rehearsal]:
    """
    The rehearsals of DAGs both import that end otherwise or, if they pass, have something else to say.

    What became a known deviation, or is none any more, is told with its link elsewhere; what is about a file, as how
    long it takes to import, is not about its DAGs.
    """
    for found in differences(old, new):
        before, after = found.before, found.after
        told = {record.outcome for record in (before, after) if record} == {Outcome.passed, Outcome.deviation}
        one = after or before
        if one and one.dag in dags and not told and found.change not in (Change.new, Change.gone):
            yield _rehearsal(before, after)
    passed = {(record.case, record.subject): record for record in old.records if record.outcome is Outcome.passed}
    for after in new.records:
        before = passed.get((after.case, after.subject))
        if before and after.outcome is Outcome.passed and before.message != after.message and after.dag in dags:
            yield _rehearsal(before, after)


def _rehearsal(before: Record | None, after: Record | None) -> Rehearsal:
    one = after or before
    assert one is not None
    return Rehearsal(one.case, one.claim, one.subject, one.dag, one.where, _ended(before), _ended(after))


def _ended(record: Record | None) -> Ended:
    return Ended(record.outcome.value, record.message) if record else Ended("not there", "")
