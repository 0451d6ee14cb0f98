"""
The report: one JSON-lines file per run (header, the DAGs, a record per case and subject, footer), the source of every
view. `schema.json` describes its lines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeAlias

from conformance.errors import UserError
from conformance.files import refuse_unless_writable, write
from conformance.report.fields import built
from conformance.report.verdict import Outcome, Verdict, verdict

__all__ = [
    "KINDS",
    "Dag",
    "Footer",
    "Header",
    "Outcome",
    "Record",
    "Report",
    "ReportWriter",
    "Task",
    "forget",
    "now",
    "read",
]


@dataclass(frozen=True)
class Header:
    """What was run, and on what. `started` is ISO 8601 with an offset, see `now`."""

    kit: str
    airflow: str
    python: str
    providers: dict[str, str]
    database: str
    folder: str
    started: str

    def __post_init__(self) -> None:
        _refuse_absolute(self.folder)
        _instant(self.started)


@dataclass(frozen=True)
class Task:
    """A task as its DAG declares it."""

    task: str
    operator: str
    trigger_rule: str
    upstream: tuple[str, ...]
    mapped: bool


@dataclass(frozen=True)
class Dag:
    """A DAG that was looked at, in the order of its file; `where` is a relative `file:line`."""

    dag: str
    where: str
    tasks: tuple[Task, ...]

    def __post_init__(self) -> None:
        _refuse_absolute(self.where)


@dataclass(frozen=True)
class Record:
    """
    One case on one subject. `claim` is the sentence that was checked, `where` a relative `file:line`, `dag` the DAG, if
    it is about one; `stand_ins` names what is missing here, and is stood in for: packages, or `Variable x`; `cached`
    says that an earlier run simulated the same.
    """

    case: str
    pattern: str
    subject: str
    outcome: Outcome
    claim: str
    seconds: float
    message: str = ""
    where: str = ""
    reproduce: str = ""
    link: str = ""
    dag: str = ""
    stand_ins: tuple[str, ...] = ()
    cached: bool = False

    def __post_init__(self) -> None:
        _refuse_absolute(self.subject, self.where)


@dataclass(frozen=True)
class Footer:
    """How many records had each outcome that occurred, and the verdict. `complete` is false after an interruption."""

    counts: dict[str, int]
    verdict: Verdict
    finished: str
    complete: bool = True

    def __post_init__(self) -> None:
        _instant(self.finished)


@dataclass(frozen=True)
class Report:
    """A finished report; its records are sorted by case and subject, its DAGs by id."""

    header: Header
    records: tuple[Record, ...]
    footer: Footer
    dags: tuple[Dag, ...] = ()

    @property
    def took(self) -> timedelta:
        """Real time from start to finish."""
        return _instant(self.footer.finished) - _instant(self.header.started)


class ReportWriter:
    """
    Collects records and writes the report when closed. An older report is gone from the start, so that nobody takes it
    for that of a run that did not come to its end.

    As a context manager it closes by itself, as incomplete when an exception passes through.
    """

    def __init__(self, path: Path, header: Header, dags: Iterable[Dag] = ()) -> None:
        """Raise UserError at once, not after the run, when the report could not be written to `path`."""
        refuse_unless_writable(path, "the report")
        self._path = path.absolute()  # the code under test may go to another folder meanwhile
        forget(self._path)
        self._header = header
        self._dags = tuple(sorted(dags, key=lambda dag: dag.dag))
        self._records: list[Record] = []

    def add(self, record: Record) -> None:
        """Keep one record, in any order."""
        self._records.append(record)

    def close(self, complete: bool) -> Report:
        """Write the report in one step and return it. An interrupted run (`complete=False`) is partial."""
        records = tuple(sorted(self._records, key=lambda record: (record.case, record.subject)))
        judged = _verdict(records, complete)
        report = Report(self._header, records, Footer(_counts(records), judged, now(), complete), self._dags)

        parts: list[Part] = [report.header, *report.dags, *records, report.footer]
        text = "".join(map(_line, parts))
        write(self._path, text, "the report")
        return report


def forget(path: Path) -> None:
    """Remove an older report: what is there when a run has ended is of that run. Raises UserError if it has to stay."""
    if path.is_file():
        try:
            path.unlink()
        except OSError as error:
            raise UserError(f"Cannot replace the report {path}: {error.strerror}; name another file.") from error


def now() -> str:
    """Return the present instant as a report writes it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def read(path: Path) -> Report:
    """Read a finished report; raise UserError for anything that is not exactly one."""
    try:
        with path.open(encoding="utf-8") as lines:
            parts = [_part(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]
    except OSError as error:
        raise UserError(f"Cannot read the report {path}: {error.strerror}; give the path of a report file.") from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not a conformance report (it is not text): name a file that verify wrote."
        ) from error

    if not parts or not isinstance(parts[0], Header):
        raise UserError(f"{path} is not a conformance report (it has no header): name a file that verify wrote.")
    if not isinstance(parts[-1], Footer):
        raise UserError(f"{path} was cut off (it has no footer), so it proves nothing: make the report again.")
    header, footer = parts[0], parts[-1]
    dags = tuple(part for part in parts if isinstance(part, Dag))
    records = tuple(part for part in parts if isinstance(part, Record))
    if len(dags) + len(records) != len(parts) - 2 or _counts(records) != footer.counts:
        raise UserError(f"{path} was edited (its footer counts other records): make the report again.")
    if (judged := _verdict(records, footer.complete)) is not footer.verdict:
        raise UserError(
            f"{path} was edited (its footer says {footer.verdict.value}, and its records {judged.value}): make the "
            "report again."
        )
    return Report(header, records, footer, dags)


Part: TypeAlias = Header | Dag | Record | Footer
KINDS: dict[str, type[Part]] = {"header": Header, "dag": Dag, "record": Record, "footer": Footer}
"""What a line of a report can be, by its `kind`."""


def _line(part: Part) -> str:
    return json.dumps({"kind": type(part).__name__.lower(), **asdict(part)}) + "\n"


def _part(line: str, place: str) -> Part:
    try:
        fields = json.loads(line)
        kind = fields.pop("kind")
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise UserError(f"{place}: not a line of a conformance report, or the file was cut off.") from error
    if str(kind) not in KINDS:
        raise UserError(f"{place}: unknown kind {kind!r}; a report has {', '.join(KINDS)}.")
    try:
        part: Part = built(KINDS[kind], fields)
        return part
    except ValueError as error:
        raise UserError(f"{place}: not a {kind} this version of the kit understands ({error}).") from error


def _verdict(records: Iterable[Record], complete: bool) -> Verdict:
    return verdict(record.outcome for record in records) if complete else Verdict.partial


def _counts(records: Iterable[Record]) -> dict[str, int]:
    found = Counter(record.outcome for record in records)
    return {outcome.value: found[outcome] for outcome in Outcome if found[outcome]}


def _refuse_absolute(*paths: str) -> None:
    for path in paths:
        if path.startswith("/"):
            raise ValueError(f"a report names no place on this machine, make {path!r} relative")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return instant
