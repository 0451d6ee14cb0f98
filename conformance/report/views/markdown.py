"""Markdown for `$GITHUB_STEP_SUMMARY`: verdict, counts by version, and what has something to say, the gravest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from conformance.report.record import Outcome, Record, Report
from conformance.report.severity import Weight, remarkable, weigh, worst

MOST = 100
"""Records that are told for each version: GitHub shows no summary of more than 1 MiB."""
LONGEST = 4000
"""Characters of a message."""

_MARKS = {Weight.fine: "✅", Weight.note: "🔹", Weight.warning: "⚠️", Weight.error: "❌"}


def written(reports: Sequence[Report]) -> str:
    """The whole text."""
    parts = [f"## Airflow conformance of `{reports[0].header.folder}`: {worst(reports).value}", _counts(reports)]
    return "\n\n".join([*parts, *filter(None, map(_version, reports))]) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], numbers_from: int | None = None) -> str:
    """Return a table; from the column `numbers_from` on, counted from 0, what is in it stands on the right."""
    lines = [[cell.replace("|", r"\|") for cell in line] for line in (heads, *rows)]
    rules = ["---" if numbers_from is None or place < numbers_from else "--:" for place, _ in enumerate(lines[0])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rules, *lines[1:]))


def _counts(reports: Sequence[Report]) -> str:
    outcomes = [o.value for o in Outcome if any(o.value in report.footer.counts for report in reports)]
    rows = []
    for report in reports:
        counts = [str(report.footer.counts.get(outcome, "")) for outcome in outcomes]
        rows.append([report.header.airflow, report.footer.verdict.value, *counts])
    return table(["Airflow", "verdict", *outcomes], rows, numbers_from=2)


def _version(report: Report) -> str:
    said = remarkable(report.records)
    blocks = [f"### Airflow {report.header.airflow}"] * bool(said) + [_block(record) for record in said[:MOST]]
    return "\n\n".join(blocks + [f"… and {len(said) - MOST} more."] * (len(said) > MOST))


def _block(record: Record) -> str:
    """A record that opens when somebody clicks on it; what comes from DAGs is HTML text or stands in a fence."""
    title = f"{_MARKS[weigh(record.outcome)]} {record.outcome.value}: <b>{record.case}</b>"
    lines = [f"<details><summary>{title} <code>{escape(record.subject)}</code></summary>", "", escape(record.claim), ""]
    lines += _fenced(record.message[:LONGEST]) if record.message else []
    for label, value in (("Where", record.where), ("Reproduce", record.reproduce)):
        lines += [f"{label}: <code>{escape(value)}</code>", ""] if value else []
    lines += [f"<{record.link}>" if "://" in record.link else record.link, ""] if record.link else []
    return "\n".join([*lines, "</details>"])


def _fenced(text: str) -> list[str]:
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", text.rstrip(), fence, ""]
