"""GitHub annotations: a workflow command for each record that has something to say, on the line of its DAG."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.report.record import Record, Report
from conformance.report.severity import Weight, remarkable, weigh
from conformance.report.views import place

_COMMANDS = {Weight.error: "error", Weight.warning: "warning", Weight.note: "notice"}


def written(reports: Sequence[Report]) -> str:
    """One line for each; what several Airflow versions say alike is said once, with all of them."""
    found: dict[tuple[str, str, str, str], tuple[Record, list[str]]] = {}
    for report in reports:
        for record in remarkable(report.records):
            key = (record.case, record.subject, record.outcome.value, record.message)
            found.setdefault(key, (record, []))[1].append(report.header.airflow)
    gravest_first = sorted(found.values(), key=lambda said: -weigh(said[0].outcome))
    return "".join(_line(record, versions) for record, versions in gravest_first)


def _line(record: Record, versions: Sequence[str]) -> str:
    file, line = place(record)
    title = f"{record.case} {record.outcome.value} on Airflow {', '.join(versions)}"
    said = {"file": file, "line": line, "title": title}
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in said.items() if value)
    message = "\n".join(filter(None, (f"{record.subject}: {record.claim}", record.message, record.link)))
    return f"::{_COMMANDS[weigh(record.outcome)]} {properties}::{_escaped(message)}\n"


def _escaped(text: str, others: str = "") -> str:
    return "".join(f"%{ord(char):02X}" if char in f"%\r\n{others}" else char for char in text)
