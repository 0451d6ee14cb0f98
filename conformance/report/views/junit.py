"""JUnit XML: a test suite for each Airflow version. What was not run is an error there, for nobody looks at a skip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.report.record import Outcome, Record, Report
from conformance.report.severity import Weight, weigh
from conformance.report.views import place

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = {Weight.error: "failure", Weight.warning: "error"}


def written(reports: Sequence[Report]) -> str:
    """The whole file."""
    root = Element("testsuites", name="airflow-conformance")
    for report in reports:
        root.append(_suite(report))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(report: Report) -> Element:
    cases = [_case(record) for record in report.records]
    suite = Element(
        "testsuite",
        name=f"airflow-{report.header.airflow}",
        timestamp=report.header.started,
        time=f"{report.took.total_seconds():.3f}",
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
    )
    suite.extend(cases)
    return suite


def _case(record: Record) -> Element:
    name = _text(f"{record.case} {record.subject}")
    case = Element("testcase", classname=_text(record.pattern), name=name, time=f"{record.seconds:.3f}")
    file, line = place(record)
    case.attrib |= {name: _text(value) for name, value in (("file", file), ("line", line)) if value}
    if record.outcome is not Outcome.passed:
        said = SubElement(case, _TAGS.get(weigh(record.outcome), "skipped"), type=record.outcome.value)
        said.set("message", _text(f"{record.outcome.value}: {record.claim}"))
        said.text = _text("\n".join(filter(None, (record.message, record.link, record.reproduce))))
    return case


def _text(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)
