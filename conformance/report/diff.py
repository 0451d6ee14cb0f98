"""What is different between two reports of one folder: the same DAGs before and after, or on another Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rich.console import Console

from conformance.errors import UserError
from conformance.report.record import Record, Report
from conformance.report.severity import Weight, weigh
from conformance.report.terminal import say


class Change(str, Enum):
    """What became of a case on a subject, the gravest first. Who fails and was not there is newly failing."""

    failing = "newly failing"
    passing = "newly passing"
    changed = "changed"
    new = "new"
    gone = "gone"


@dataclass(frozen=True)
class Difference:
    """One case on one subject that is not what it was; one of the records may be missing."""

    change: Change
    before: Record | None
    after: Record | None

    def __str__(self) -> str:
        """In a line, with the first line of what there is to say."""
        record = self.after or self.before
        assert record is not None
        outcomes = " → ".join(found.outcome.value for found in (self.before, self.after) if found)
        first_line = record.message.strip().partition("\n")[0]
        return "  ".join(filter(None, (record.case, record.subject, outcomes, first_line, record.where)))


def differences(old: Report, new: Report, force: bool = False) -> list[Difference]:
    """
    What changed from one report to another, grouped by kind of change.

    Raises UserError for reports that cannot be compared; `force` compares those of different versions of the kit.
    """
    _refuse(old, new, force)
    before = {(record.case, record.subject): record for record in old.records}
    after = {(record.case, record.subject): record for record in new.records}
    found = [
        Difference(change, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if (change := _change(before.get(key), after.get(key)))
    ]
    return sorted(found, key=lambda difference: list(Change).index(difference.change))


def _refuse(old: Report, new: Report, force: bool) -> None:
    for name, one, other in (
        ("folders", old.header.folder, new.header.folder),
        ("versions of the kit", old.header.kit, new.header.kit),
    ):
        if one != other and not (force and name != "folders"):
            hint = "compare all the same with --force" if name != "folders" else "give two reports of one folder"
            raise UserError(f"These reports come from different {name}, {one} and {other}: {hint}.")
    for which, report in (("older", old), ("newer", new)):
        if not report.footer.complete:
            raise UserError(f"The {which} report is not complete, because its run was interrupted: run it again.")


def _change(before: Record | None, after: Record | None) -> Change | None:
    if after is None:
        return Change.gone
    fails = weigh(after.outcome) >= Weight.warning
    failed = before is not None and weigh(before.outcome) >= Weight.warning
    if fails and not failed:
        return Change.failing
    if before is None:
        return Change.new
    if failed and not fails:
        return Change.passing
    return Change.changed if before.outcome is not after.outcome else None


def print_differences(old: Report, new: Report, found: list[Difference], console: Console) -> None:
    """Print all of it, and a line that sums it up."""
    for change in Change:
        lines = [f"  {difference}" for difference in found if difference.change is change]
        if lines:
            say(console, "\n".join([f"{change.value} ({len(lines)})", *lines, ""]), "bold")
    counts = [f"{n} {change.value}" for change in Change if (n := sum(d.change is change for d in found))]
    versions = " → ".join(dict.fromkeys((f"Airflow {old.header.airflow}", f"Airflow {new.header.airflow}")))
    say(console, f"{', '.join(counts) or 'nothing changed'} · {versions}")
