"""What else a report can look like. Each view is a function from reports, the oldest Airflow first, to a text."""

from __future__ import annotations

from conformance.report.record import Record


def place(record: Record) -> tuple[str, str]:
    """The file and the line of a record; empty if there is none."""
    file, _, line = record.where.rpartition(":")
    return (file, line) if file and line.isdigit() else (record.where, "")
