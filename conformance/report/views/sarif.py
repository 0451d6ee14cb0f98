"""SARIF 2.1.0, for code scanning: a run for each Airflow version, a rule for each case that has something to say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from conformance.report.record import Record, Report
from conformance.report.severity import remarkable, weigh
from conformance.report.views import place

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def written(reports: Sequence[Report]) -> str:
    """The whole file."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report) for report in reports]}
    return json.dumps(log, indent=1) + "\n"


def _run(report: Report) -> dict[str, Any]:
    records = remarkable(report.records)
    claims = {record.case: record for record in records}
    rules = [
        {"id": case, "shortDescription": {"text": record.claim}, "properties": {"tags": [record.pattern]}}
        for case, record in sorted(claims.items())
    ]
    driver = {"name": "airflow-conformance", "version": report.header.kit, "rules": rules}
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"airflow-conformance/airflow-{report.header.airflow}"},
        "columnKind": "unicodeCodePoints",
        "results": [_result(record) for record in records],
    }


def _result(record: Record) -> dict[str, Any]:
    said = filter(None, (f"{record.outcome.value}: {record.subject}: {record.claim}", record.message, record.link))
    result: dict[str, Any] = {
        "ruleId": record.case,
        "level": weigh(record.outcome).name,
        "message": {"text": "\n".join(said)},
        # By what code scanning knows a finding again when its line has moved.
        "partialFingerprints": {"caseAndSubject/v1": f"{record.case} {record.subject}"},
    }
    file, line = place(record)
    if file:
        location: dict[str, Any] = {"artifactLocation": {"uri": quote(file)}}
        if line:
            location["region"] = {"startLine": int(line)}
        result["locations"] = [{"physicalLocation": location}]
    return result
