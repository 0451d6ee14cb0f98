"""The data of a badge of shields.io (`https://img.shields.io/endpoint?url=…`): the verdict on all reports."""

from __future__ import annotations

import json
from collections.abc import Sequence

from conformance.report.record import Report
from conformance.report.severity import worst
from conformance.report.verdict import Verdict

_COLORS = {Verdict.conforms: "brightgreen", Verdict.partial: "yellow", Verdict.does_not_conform: "red"}


def written(reports: Sequence[Report]) -> str:
    """The whole file."""
    minors = [".".join(report.header.airflow.split(".")[:2]) for report in reports]
    label = "Airflow " + " to ".join(dict.fromkeys((minors[0], minors[-1])))
    judged = worst(reports)
    badge = {"schemaVersion": 1, "label": label, "message": judged.value, "color": _COLORS[judged]}
    return json.dumps(badge, ensure_ascii=False) + "\n"
