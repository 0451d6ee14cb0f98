"""What a result means: an outcome is judged by what was raised, and by what is known of the versions."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance import deviations
from conformance.case import Case
from conformance.deviations import Deviation, Fact
from conformance.folder.survey import Folder
from conformance.patterns.retry import Retry
from conformance.pytest_plugin import judge
from conformance.sandbox.given_values import Given

pytestmark = pytest.mark.at_both_ends

CASE = Case("RETRY-002", "2.7", (), "It is so.", "it is not so.")


def _judged(monkeypatch: pytest.MonkeyPatch, error: BaseException | None, known: bool, is_reference: bool) -> Any:
    """The record of a case that raised `error`, and what pytest is told."""
    deviation = Deviation("RETRY-002", Fact("seen-otherwise", ">=2.7", "It is seen otherwise.", "not reported"))
    monkeypatch.setattr(deviations, "here", lambda case: [deviation] if known else [])
    report = pytest.TestReport(
        "id", ("", None, ""), {}, "failed" if error else "passed", str(error) if error else None, "call", duration=0.5
    )
    tested = SimpleNamespace(
        is_reference=is_reference,
        where=lambda *_: "dags/a.py:1",
        folder=Folder(Path("dags"), ()),
        tolerances={},
        given=Given(),
        pythonpath=(),
        stand_ins=True,
    )
    call = SimpleNamespace(excinfo=error and SimpleNamespace(value=error))
    judge.judge(report, call, CASE, Retry(dag="a", task="t", retries=1), tested)  # type: ignore[arg-type]
    ((_, record),) = report.user_properties
    assert json.dumps(record)
    return record, report


@pytest.mark.parametrize(
    ("error", "known", "is_reference", "outcome", "told_pytest"),
    [
        (None, False, True, "passed", "passed"),
        (AssertionError("no"), False, True, "failed", "failed"),
        (RuntimeError("oh"), False, True, "error", "failed"),
        (AssertionError("no"), True, True, "deviation", "skipped"),
        (AssertionError("no"), True, False, "deviation", "skipped"),
        (RuntimeError("oh"), True, True, "error", "failed"),
        (None, True, True, "surprise", "failed"),
        (None, True, False, "passed", "passed"),
    ],
)
def test_an_outcome_says_what_a_result_means(
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException | None,
    known: bool,
    is_reference: bool,
    outcome: str,
    told_pytest: str,
) -> None:
    """A listed deviation excuses only a broken claim; that it passes surprises on our DAGs, and is fine on a user's."""
    record, report = _judged(monkeypatch, error, known, is_reference)

    assert (record["outcome"], report.outcome) == (outcome, told_pytest)
    assert record["link"] == ("not reported" if outcome in ("deviation", "surprise") else "")
    assert bool(record["reproduce"]) == (outcome in ("failed", "error"))


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("3.3.2", ""),
        (
            "3.0.2",
            "Nobody measured Airflow 3.0.2, so that the kit may be wrong and not the DAG: 3.0.6 is",
        ),
        (
            "3.9.0",
            "Nobody measured Airflow 3.9.0, so that the kit may be wrong and not the DAG: it is newer",
        ),
    ],
)
def test_an_error_on_a_patch_that_nobody_measured_says_so(
    monkeypatch: pytest.MonkeyPatch, version: str, said: str
) -> None:
    """Where a case breaks on an Airflow that the kit was never tried on, the DAG need not be at fault."""
    monkeypatch.setattr(metadata, "version", lambda _: version)

    error, _ = _judged(monkeypatch, RuntimeError("oh"), False, False)
    failure, _ = _judged(monkeypatch, AssertionError("no"), False, False)

    assert (said in error["message"], "Nobody measured" in error["message"]) == (True, bool(said))
    assert "Nobody measured" not in failure["message"]
