"""Why a folder does not conform, by cause: what one change would mend, and how much of the folder that touches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from conformance.folder.missing import distribution, value_kind
from conformance.report.record import Outcome, Record, Report

_EXPLAINED = {Outcome.failed, Outcome.error, Outcome.surprise}
_Key = TypeVar("_Key")
_MOST_NAMED = 4
_FIX = re.compile(r"\(([^()]*; [^()]*)\)$")
"""How a finding says why it is so and what to do: `(trigger_rule all_success; use none_failed)`."""


@dataclass(frozen=True)
class Cause:
    """What is wrong, in a sentence; the records that say so; how many tasks their DAGs have."""

    said: str
    records: tuple[Record, ...]
    tasks: int

    @property
    def touches(self) -> int:
        """How many DAGs, or else files, it touches."""
        return len(_dags(self.records)) or len(_files(self.records))

    def __str__(self) -> str:
        counts = (len(_files(self.records)), "file"), (len(_dags(self.records)), "DAG"), (self.tasks, "task")
        return f"{', '.join(counted(n, what) for n, what in counts if n)}: {self.said}"


def causes(report: Report) -> list[Cause]:
    """What is missing here, and what fails, that which touches most first."""
    return sorted([*_missing(report), *_failing(report.records)], key=lambda cause: -cause.touches)


def counted(number: int, what: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def finding(record: Record) -> str:
    """What happens to a task, or to a file, and the fix, in one line: as a linter says it."""
    about_any_dag = record.pattern == "any-dag" or record.outcome is not Outcome.failed
    said = first_line(record) if about_any_dag else f"{record.subject}: {record.claim}"
    where = record.where or record.subject
    # A message that ends with the place need not begin with it, too.
    return f"{where}: {record.case} {said.removesuffix(f' ({where})') or record.claim}"


def first_line(record: Record) -> str:
    """The first line of its message."""
    return record.message.partition("\n")[0]


def without_place(record: Record) -> str:
    """The first line of its message, wherever that points to."""
    return re.sub(r" \([^()]*\)$", "", first_line(record))


def grouped(records: Iterable[Record], key: Callable[[Record], _Key]) -> dict[_Key, list[Record]]:
    """Records with those that have the same key, in the order in which they come."""
    groups: dict[_Key, list[Record]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return groups


def explained(records: Iterable[Record]) -> list[Record]:
    """Those that somebody has to look into."""
    return [record for record in records if record.outcome in _EXPLAINED]


def kind_of(record: Record) -> tuple[str, str]:
    """What makes two failures one cause: the case, and what to do about it, or the message without the place."""
    if fix := _FIX.search(first_line(record)):
        return record.case, fix[1]
    return record.case, "" if record.dag else without_place(record)


def _missing(report: Report) -> Iterable[Cause]:
    tasks = {dag.dag: len(dag.tasks) for dag in report.dags}
    lacking: dict[str, list[Record]] = {}
    for record in report.records:
        for name in {_sort_of(name) for name in record.stand_ins}:
            lacking.setdefault(name, []).append(record)
    alike: dict[tuple[Record, ...], list[str]] = {}
    for name, found in sorted(lacking.items()):
        alike.setdefault(tuple(found), []).append(name)
    for records, names in alike.items():
        yield Cause(_told(names), records, sum(tasks.get(dag, 0) for dag in _dags(records)))


def _sort_of(name: str) -> str:
    """A package as it is; of values, as there may be dozens, only their sort: `Variables`."""
    kind = value_kind(name)
    return f"{kind}s" if kind else name


def _is_sort(name: str) -> bool:
    return bool(value_kind(f"{name.removesuffix('s')} "))


def _told(names: Sequence[str]) -> str:
    """What is missing in the same files, and what to install."""
    install = " ".join(filter(None, map(distribution, names)))
    others = len(names) - _MOST_NAMED
    named = ", ".join(names[:_MOST_NAMED]) + f" and {others} more" * (others > 0)
    verb = "is" if len(names) == 1 and not _is_sort(names[0]) else "are"
    return f"{named} {verb} missing here, and stood in for{f' (pip install {install})' if install else ''}"


def _failing(records: Sequence[Record]) -> Iterable[Cause]:
    for (case, fix), found in grouped(explained(records), kind_of).items():
        tasks = {record.subject for record in found if ":" in record.subject}
        yield Cause(f"{case} {fix or found[0].claim}", tuple(found), len(tasks))


def _dags(records: Iterable[Record]) -> set[str]:
    return {record.dag for record in records if record.dag}


def _files(records: Iterable[Record]) -> set[str]:
    return {record.subject for record in records if not record.dag}
