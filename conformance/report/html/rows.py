"""From reports, one for each Airflow version, to the rows that the page shows: of cases, and of the records of DAGs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from conformance.report.record import Dag, Outcome, Record, Report
from conformance.report.severity import Weight, weigh


@dataclass(frozen=True)
class Mark:
    """An outcome as it is shown: by its name, and by a sign and a colour that go with its weight."""

    outcome: str
    weight: str


@dataclass(frozen=True)
class Reported:
    """What was seen instead on some versions, and where to read of it."""

    versions: tuple[str, ...]
    message: str
    link: str


@dataclass(frozen=True)
class CaseRow:
    """A case on each version: what outcomes it had there, the gravest first, and how many of each."""

    case: str
    pattern: str
    claim: str
    cells: tuple[tuple[tuple[Mark, int], ...], ...]
    reported: tuple[Reported, ...]

    @property
    def outcomes(self) -> str:
        """The outcomes on each version, for the filter."""
        return ";".join(" ".join(mark.outcome for mark, _ in cell) for cell in self.cells)


@dataclass(frozen=True)
class Note:
    """What there is to say of a record, and on which versions it is the same."""

    mark: Mark
    versions: tuple[str, ...]
    record: Record

    @property
    def first_line(self) -> str:
        """The line that says most."""
        return self.record.message.strip().partition("\n")[0]


@dataclass(frozen=True)
class RecordRow:
    """A case on one subject: its outcome on each version (None: no record), and what there is to say."""

    id: str
    case: str
    pattern: str
    subject: str
    where: str
    claim: str
    marks: tuple[Mark | None, ...]
    notes: tuple[Note, ...]

    @property
    def outcomes(self) -> str:
        """The outcome on each version, for the filter."""
        return ";".join(mark.outcome if mark else "" for mark in self.marks)


@dataclass(frozen=True)
class Section:
    """A DAG with its records; without a DAG, the records of a pattern that are about something else."""

    title: str
    dag: Dag | None
    rows: tuple[RecordRow, ...]

    @property
    def notes(self) -> list[Mark]:
        """The outcomes that have something to say, the gravest first, each once."""
        found = {note.mark: None for row in self.rows for note in row.notes}
        return sorted(found, key=lambda mark: -Weight[mark.weight])


@lru_cache
def mark(outcome: Outcome) -> Mark:
    """How an outcome is shown."""
    return Mark(outcome.value, weigh(outcome).name)


def case_rows(reports: Sequence[Report], order: Sequence[str]) -> list[CaseRow]:
    """Every case that any report has, those of `order` first and in this order."""
    known: dict[str, Record] = {}
    counts: list[dict[str, Counter[Outcome]]] = []
    reported: dict[str, dict[tuple[str, str], dict[str, None]]] = {}
    for report in reports:
        counts.append({})
        for record in report.records:
            known[record.case] = record
            counts[-1].setdefault(record.case, Counter())[record.outcome] += 1
            if record.link:
                said = reported.setdefault(record.case, {}).setdefault((record.message, record.link), {})
                said[report.header.airflow] = None
    names = dict.fromkeys([*(case for case in order if case in known), *sorted(known)])
    return [
        CaseRow(
            case,
            known[case].pattern,
            known[case].claim,
            tuple(_cell(found.get(case)) for found in counts),
            tuple(Reported(tuple(versions), *said) for said, versions in reported.get(case, {}).items()),
        )
        for case in names
    ]


def _cell(counts: Counter[Outcome] | None) -> tuple[tuple[Mark, int], ...]:
    counts = counts or Counter()
    ordered = sorted(counts, key=lambda outcome: (-weigh(outcome), list(Outcome).index(outcome)))
    return tuple((mark(outcome), counts[outcome]) for outcome in ordered)


def sections(reports: Sequence[Report]) -> list[Section]:
    """Every DAG, in the order of ids; then what is about no DAG, by pattern."""
    dags = {dag.dag: dag for report in reports for dag in report.dags}
    rows = sorted(_record_rows(reports), key=lambda found: found[0])
    found = {key: tuple(row for _, row in group) for key, group in groupby(rows, key=lambda found: found[0])}
    return [Section(dag or pattern, dags.get(dag), rows) for (_, dag, pattern), rows in found.items()]


def attention(sections: Iterable[Section], order: Sequence[str]) -> list[tuple[RecordRow, Note]]:
    """What makes a run not conform, then what kept it from being sure; the same of several versions once."""
    found: dict[tuple[str, str, str], tuple[RecordRow, Note]] = {}
    for row in (row for section in sections for row in section.rows):
        for note in (note for note in row.notes if Weight[note.mark.weight] >= Weight.warning):
            key = row.id, note.mark.outcome, note.first_line
            versions = found[key][1].versions if key in found else ()
            found[key] = row, replace(note, versions=(*versions, *note.versions))
    places = {case: place for place, case in enumerate(order)}
    return sorted(found.values(), key=lambda item: (-Weight[item[1].mark.weight], places[item[0].case]))


def _record_rows(reports: Sequence[Report]) -> Iterator[tuple[tuple[bool, str, str], RecordRow]]:
    """The rows, each with what its section is sorted by: whether it is about no DAG, the DAG, the pattern."""
    found: dict[tuple[str, str, str], list[Record | None]] = {}
    for place, report in enumerate(reports):
        for record in report.records:
            found.setdefault((record.case, record.subject, record.dag), [None] * len(reports))[place] = record
    versions = [report.header.airflow for report in reports]
    for number, ((case, subject, dag), records) in enumerate(sorted(found.items())):
        one = next(record for record in records if record)
        marks = tuple(mark(record.outcome) if record else None for record in records)
        notes = tuple(_notes(zip(versions, records, strict=True)))
        row = RecordRow(f"r{number}", case, one.pattern, subject, one.where, one.claim, marks, notes)
        yield (not dag, dag, "" if dag else one.pattern), row


def _notes(records: Iterable[tuple[str, Record | None]]) -> Iterator[Note]:
    """What there is to say, once if it is the same on several versions."""
    found: dict[tuple[str, str], tuple[Record, list[str]]] = {}
    for version, record in records:
        if record and (record.message or weigh(record.outcome)):
            found.setdefault((record.outcome, record.message), (record, []))[1].append(version)
    for record, versions in found.values():
        yield Note(mark(record.outcome), tuple(versions), record)
