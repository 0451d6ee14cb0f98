"""What a person who upgrades wants to know, from what was seen on two Airflows: pure functions over plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from conformance.folder.summary import DagSummary
from conformance.folder.survey import DagFile, Folder
from conformance.report.diff import Change, differences
from conformance.report.record import Outcome, Record, Report
from conformance.roles.claim import Claim
from conformance.truth.xcom_values import arriving
from conformance.upgrade.deviations_touched import Touched, touched
from conformance.upgrade.structure import Changed, changes
from conformance.upgrade.tables import Otherwise, Tables, otherwise

UNJUDGED = {Outcome.error, Outcome.not_run}
"""What says nothing of a DAG."""


@dataclass(frozen=True)
class Seen:
    """A folder as one Airflow sees it: what was found in it, what came of its rehearsals, what happened in them."""

    folder: Folder
    report: Report
    tables: Tables = field(default_factory=dict)

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
class Happening:
    """A rehearsal that ends as it did, and in which something else happens."""

    case: str
    claim: str
    subject: str
    dag: str
    where: str
    rows: tuple[Otherwise, ...]


@dataclass(frozen=True)
class Untold:
    """A DAG, or a rehearsal of it, of which neither Airflow can tell, and why."""

    dag: str
    case: str
    subject: str
    before: str
    after: str


@dataclass(frozen=True)
class Upgrade:
    """
    All that changes from Airflow `before` to `after`; `same` DAGs behave alike in `rehearsed` rehearsals.

    `neither` are the files that neither imports. `values` are kinds of values that arrive otherwise in the next task,
    if a task returns one of them: no structure tells, so that is for a person to look at.
    """

    before: str
    after: str
    stop: tuple[Import, ...]
    start: tuple[Import, ...]
    neither: tuple[Import, ...]
    rehearsals: tuple[Rehearsal, ...]
    happenings: tuple[Happening, ...]
    structure: tuple[Changed, ...]
    deviations: tuple[Touched, ...]
    values: tuple[Otherwise, ...]
    unjudged: tuple[Untold, ...]
    same: tuple[str, ...]
    rehearsed: int

    @property
    def changes(self) -> bool:
        """Whether anything does."""
        return bool(self.stop or self.start or self.rehearsals or self.happenings or self.structure or self.deviations)

    @property
    def untold(self) -> bool:
        """Whether there is something of which nothing can be told."""
        return bool(self.neither or self.unjudged)

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def compare(old: Seen, new: Seen, claims: Iterable[Claim]) -> Upgrade:
    """What changes; `claims` are the user's own, to which those are added that his DAGs seem to keep."""
    imports = _imports(old.folder.files, new.folder.files)
    both = old.folder.dags.keys() & new.folder.dags.keys()
    rehearsals = tuple(_rehearsals(old.report, new.report, both))
    happenings = tuple(_happenings(old, new, both, rehearsals))
    structure = tuple(changes(old.folder, new.folder))
    deviations = tuple(touched(old.airflow, new.airflow, {**new.folder.dags, **old.folder.dags}, claims))
    unjudged = tuple(_unjudged(old.report, new.report, sorted(both)))
    found: tuple[Rehearsal | Happening | Changed | Touched | Untold, ...]
    found = *rehearsals, *happenings, *structure, *deviations, *unjudged
    told = {one.dag for one in found}
    same = tuple(sorted(both - told))
    return Upgrade(
        before=old.airflow,
        after=new.airflow,
        stop=tuple(found for found in imports if found.after and not found.before),
        start=tuple(found for found in imports if found.before and not found.after),
        neither=tuple(found for found in imports if found.before and found.after),
        rehearsals=rehearsals,
        happenings=happenings,
        structure=structure,
        deviations=deviations,
        values=tuple(_values(old, new, both)),
        unjudged=unjudged,
        same=same,
        rehearsed=sum(record.dag in same for record in new.report.records),
    )


def _imports(old: Sequence[DagFile], new: Sequence[DagFile]) -> list[Import]:
    """The files that one does not import, or neither does."""
    before, after = ({file.path: file for file in files} for files in (old, new))
    return [
        Import(
            path,
            tuple(dict.fromkeys(dag.dag_id for file in (one, other) if file for dag in file.dags)),
            one.error.message if one and one.error else "",
            other.error.message if other and other.error else "",
            one.warned if one else (),
        )
        for path in dict.fromkeys((*before, *after))
        for one, other in [(before.get(path), after.get(path))]
        if (one and one.error) or (other and other.error)
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


def _happenings(old: Seen, new: Seen, dags: Iterable[str], told: Iterable[Rehearsal]) -> Iterator[Happening]:
    """The rehearsals in which something else happens, and that are not told of as ending otherwise."""
    before = {(record.case, record.subject): record for record in old.report.records}
    known = {(one.case, one.subject) for one in told}
    for after in new.report.records:
        key = after.case, after.subject
        one = before.get(key)
        # Of a known deviation, the sentence that is told of it says what happens.
        if one and after.dag in dags and key not in known and one.outcome is after.outcome:
            grows = any(_grows(seen.folder.dags[after.dag]) for seen in (old, new))
            if rows := otherwise(old.tables.get(key, ()), new.tables.get(key, ()), grows):
                yield Happening(after.case, after.claim, after.subject, after.dag, after.where, rows)


def _grows(dag: DagSummary) -> bool:
    """Whether a wait in a DAG grows, which has a random part."""
    return any((task.trying and task.trying.factor != 1) or (task.waiting and task.waiting.grows) for task in dag.tasks)


def _unjudged(old: Report, new: Report, dags: Sequence[str]) -> Iterator[Untold]:
    """The rehearsals that neither could judge, and the DAGs of which not one was judged on both."""
    before = {(record.case, record.subject): record for record in old.records}
    judged = set()
    for after in new.records:
        one = before.get((after.case, after.subject))
        if one and after.dag in dags:
            if {one.outcome, after.outcome} <= UNJUDGED:
                reasons = (record.message.partition("\n")[0] for record in (one, after))
                yield Untold(after.dag, after.case, after.subject, *reasons)
            elif not {one.outcome, after.outcome} & {*UNJUDGED, Outcome.not_applicable}:
                judged.add(after.dag)
    for dag in dags:
        if dag not in judged:
            yield Untold(dag, "", dag, *["no rehearsal was judged"] * 2)


def _values(old: Seen, new: Seen, dags: Iterable[str]) -> Iterator[Otherwise]:
    """What arrives otherwise, if any DAG has a task whose result another task can take."""
    passes_on = any(task.returns and not task.idle for dag in dags for task in new.folder.dags[dag].tasks)
    if passes_on:
        for kind, before, after in arriving(old.airflow, new.airflow):
            yield Otherwise(kind, before, after)
