"""Reports for the tests of reports: made of these records, written, and as a terminal shows them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from conformance.report.record import Header, Outcome, Record, Report, ReportWriter
from conformance.report.terminal import print_matrix

HEADER = Header("0.1.0", "3.3.2", "3.11", {"standard": "1.2.0"}, "sqlite", "dags", "2026-01-01T00:00:00+00:00")
PASSED = Record("RETRY-001", "retry", "retry.py: retry", Outcome.passed, "A task is tried again.", 0.25)
FAILED = replace(
    PASSED,
    case="SERIAL-002",
    pattern="serial",
    outcome=Outcome.failed,
    message="ran \u2192 success\nstate  failed",
    where="dags/serial.py:7",
    reproduce="pytest --pyargs conformance -k SERIAL-002 " + "--a-long-option " * 6 + "end",
)


def written(path: Path, *records: Record, complete: bool = True) -> Report:
    """Write a report and return what `close` returned."""
    writer = ReportWriter(path, HEADER)
    for record in records:
        writer.add(record)
    return writer.close(complete)


def printed(report: Report, *order: str, encoding: str = "utf-8", verbose: bool = False) -> str:
    """Return what an 80-column terminal without colour shows."""
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding, write_through=True), width=80, color_system=None)
    print_matrix(report, console, order, verbose)
    return raw.getvalue().decode(encoding)
