"""
Failures that somebody lives with, for a reason: `[[tolerate]]` in `claims.toml`.

    [[tolerate]]
    case = "RETRY-002"
    subject = "orders:call_payment_api"    # as a report names it: a DAG, a task of a DAG, or a file; or a list of them
    reason = "accepted-risk"
    why = "the bank asks for it"           # the rest may be left out
    link = "https://example.org/42"
    airflow = "<3.0"
    until = 2027-01-31                     # the last day
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from conformance.errors import UserError, only, quoted
from conformance.versions import holds

REASONS = {
    "intended": "it is meant so",
    "accepted-risk": "it is a mistake, but mending it costs more than living with it",
    "third-party": "the code is somebody else's",
    "to-be-fixed": "it is a mistake that nobody has mended yet; `--baseline` writes this one",
}
TO_BE_FIXED = "to-be-fixed"
_HEAD = re.compile(r"^[ \t]*\[\[[ \t]*tolerate[ \t]*\]\]", re.MULTILINE)


@dataclass(frozen=True)
class Tolerance:
    """One entry. `airflow` is a range of versions, empty for all; `line` is where the entry begins in its file."""

    case: str
    subject: str
    reason: str
    why: str = ""
    link: str = ""
    airflow: str = ""
    until: date | None = None
    file: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """File and line of the entry."""
        return f"{self.file}:{self.line}"

    @property
    def said(self) -> str:
        """The reason, and what somebody wrote about it."""
        return " ".join(f"{self.reason}: {self.why}".split()) if self.why else self.reason

    def is_in_force(self, airflow: str) -> bool:
        """Whether it is about this version of Airflow."""
        return holds(self.airflow, airflow)


def read(entries: Any, text: str, path: Path) -> tuple[Tolerance, ...]:
    """The tolerances of a claims file, from its parsed `entries` (None: it has none) and its `text`."""
    if entries is None:
        return ()
    lines = [text.count("\n", 0, found.start()) + 1 for found in _HEAD.finditer(text)]
    tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if not tables or not entries or len(lines) != len(entries):
        raise UserError(f"{path}: write each tolerance as a table of its own, `[[tolerate]]`.")
    found: dict[tuple[str, str, str], Tolerance] = {}
    file = Path(path.resolve().parent.name, path.name).as_posix()
    for entry, line in zip(entries, lines, strict=True):
        subjects = entry.get("subject")
        for subject in subjects if isinstance(subjects, list) else [subjects]:
            one = {**entry, "subject": subject} if "subject" in entry else entry
            new = _tolerance(one, f"{path}, line {line}", file, line)
            other = found.setdefault((new.case, new.subject, new.airflow), new)
            if other is not new:
                raise UserError(f"{path}, line {line}: line {other.line} says the same: delete one of the two.")
    return tuple(found.values())


def _tolerance(entry: dict[str, Any], where: str, file: str, line: int) -> Tolerance:
    only(entry, {field.name for field in fields(Tolerance)} - {"file", "line"}, where)
    missing = [name for name in ("case", "subject", "reason") if name not in entry]
    if missing:
        raise UserError(f"{where}: say also {quoted(missing)}.")
    until = entry.get("until")
    for name, value in entry.items():
        if name != "until" and not isinstance(value, str):
            raise UserError(f"{where}, '{name}': {value!r} is not a text.")
    if entry["reason"] not in REASONS:
        raise UserError(f"{where}: '{entry['reason']}' is not a reason: choose one of {quoted(REASONS)}.")
    if not entry.get("link", "https://").startswith(("https://", "http://")):
        raise UserError(f"{where}: link '{entry['link']}' is not an address: begin it with https://.")
    try:
        SpecifierSet(entry.get("airflow", ""))
    except InvalidSpecifier:
        raise UserError(
            f"{where}: '{entry['airflow']}' is not a range of versions: write one such as '>=3.0,<3.2'."
        ) from None
    if until is not None and (not isinstance(until, date) or isinstance(until, datetime)):
        raise UserError(f"{where}: write 'until' as a date without quotes, such as 2027-01-31.")
    if until and until < date.today():
        raise UserError(
            f"{where}: {entry['case']} of '{entry['subject']}' was tolerated only until {until}: "
            "mend it and delete the entry, or give it a later date."
        )
    return Tolerance(**entry, file=file, line=line)
