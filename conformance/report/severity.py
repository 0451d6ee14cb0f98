"""How much a record weighs with whoever reads a report, and which reports belong together."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from conformance.errors import UserError
from conformance.report.record import Outcome, Record, Report
from conformance.report.verdict import Verdict, verdict


class Weight(IntEnum):
    """What a record is to whoever reads it, from nothing to say up to what makes a run not conform."""

    fine = 0
    note = 1
    warning = 2
    error = 3


def weigh(outcome: Outcome) -> Weight:
    """What one such outcome makes of a run that conforms without it."""
    judged = verdict([Outcome.passed, outcome])
    if judged is Verdict.does_not_conform:
        return Weight.error
    if judged is Verdict.partial:
        return Weight.warning
    return Weight.fine if outcome in (Outcome.passed, Outcome.not_applicable) else Weight.note


def remarkable(records: Sequence[Record]) -> list[Record]:
    """The records that have something to say, the gravest first."""
    return sorted((r for r in records if weigh(r.outcome)), key=lambda r: -weigh(r.outcome))


def together(reports: Sequence[Report]) -> list[Report]:
    """Reports of one folder, the oldest Airflow first. Raises UserError for those that cannot be shown as one."""
    for what, names in (
        ("folders", [report.header.folder for report in reports]),
        ("versions of the kit", [report.header.kit for report in reports]),
    ):
        if len(set(names)) > 1:
            different = ", ".join(sorted(set(names)))
            raise UserError(f"These reports come from different {what} ({different}): give reports of one.")
    versions = [report.header.airflow for report in reports]
    twice = next((version for version in versions if versions.count(version) > 1), "")
    if twice:
        raise UserError(f"Two of these reports are of Airflow {twice}: give one report for each version.")
    return sorted(reports, key=lambda report: numbers(report.header.airflow))


def numbers(version: str) -> tuple[int, ...]:
    """An Airflow version as numbers, to sort by."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def worst(reports: Sequence[Report]) -> Verdict:
    """The verdict on several runs."""
    return max((report.footer.verdict for report in reports), key=list(Verdict).index)
