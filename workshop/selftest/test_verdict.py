"""Proves the verdict of a report: a skip never counts as a pass."""

from __future__ import annotations

import pytest

from conformance.report.record import Outcome
from conformance.report.verdict import Verdict, exit_code, verdict

pytestmark = pytest.mark.at_the_newest


@pytest.mark.parametrize(
    ("outcomes", "expected", "code"),
    [
        ("passed", "conforms", 0),
        ("deviation", "conforms", 0),
        ("passed deviation not-applicable", "conforms", 0),
        ("tolerated", "conforms", 0),
        ("advice", "conforms", 0),
        ("passed tolerated advice", "conforms", 0),
        ("tolerated advice error", "partial", 2),
        ("tolerated advice surprise", "does-not-conform", 1),
        ("", "partial", 2),
        ("not-applicable", "partial", 2),
        ("not-run", "partial", 2),
        ("passed not-run", "partial", 2),
        ("passed error", "partial", 2),
        ("passed failed", "does-not-conform", 1),
        ("passed surprise", "does-not-conform", 1),
        ("error not-run failed", "does-not-conform", 1),
    ],
)
def test_verdict(outcomes: str, expected: str, code: int) -> None:
    """The worst that is known decides the verdict, and the verdict the exit code."""
    judged = verdict(map(Outcome, outcomes.split()))

    assert judged.value == expected
    assert exit_code(judged) == code


@pytest.mark.parametrize("others", [[], [Outcome.passed], [Outcome.passed, Outcome.deviation, Outcome.not_applicable]])
def test_a_skip_is_never_a_pass(others: list[Outcome]) -> None:
    """A case that was not run keeps any report from conforming."""
    assert verdict([*others, Outcome.not_run]) is not Verdict.conforms
