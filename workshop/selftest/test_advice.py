"""Advice is told apart from failures, in few lines, and fails a run only if somebody asks for that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance import deviations
from conformance.case import Case, case, case_of
from conformance.catalogue import catalogue
from conformance.claims.tolerances import Tolerance
from conformance.folder.survey import Folder
from conformance.patterns.retry import Retry
from conformance.pytest_plugin.judge import Wishes, judge
from conformance.report.record import Outcome, Record, read
from conformance.sandbox.given_values import Given
from workshop import docs
from workshop.selftest import processes
from workshop.selftest.hostile import dag
from workshop.selftest.processes import write_files
from workshop.selftest.reports import PASSED, printed, written

pytestmark = pytest.mark.at_the_newest

CASE = Case("RETRY-002", "2.7", (), "It is so.", "it is not so.", advice=True)
TOLERANCE = Tolerance("RETRY-002", "a:t", "third-party", "not ours", "https://example.org/1")


def test_a_case_is_advice_by_its_decorator() -> None:
    """A case is advice when its decorator says so, and only then."""

    def test() -> None:
        """
        It is so.

        If this fails: it is not so.
        """

    assert case_of(case("ADVICE-001", advice=True)(test)) == Case(
        "ADVICE-001", "2.7", (), "It is so.", "it is not so.", advice=True
    )
    assert not case("ADVICE-001")(test).case.advice  # type: ignore[attr-defined]


def _judged(error: Exception | None, advice: bool, tolerance: Tolerance | None, wishes: Wishes) -> tuple[str, str, Any]:
    """The outcome of a case that raised `error`, what pytest is told, and the record."""
    report = pytest.TestReport("id", ("", None, ""), {}, "failed" if error else "passed", None, "call", duration=0.5)
    tested: Any = SimpleNamespace(
        is_reference=False,
        where=lambda *_: "dags/a.py:1",
        folder=Folder(Path("dags"), ()),
        tolerances={("RETRY-002", "a:t"): tolerance} if tolerance else {},
        given=Given(),
        pythonpath=(),
        stand_ins=True,
    )
    call: Any = SimpleNamespace(excinfo=error and SimpleNamespace(value=error))
    judge(report, call, replace(CASE, advice=advice), Retry(dag="a", task="t", retries=1), tested, wishes)
    record: Any = dict(report.user_properties)["conformance"]
    return record["outcome"], report.outcome, record


@pytest.mark.parametrize(
    ("error", "advice", "tolerance", "wishes", "expected"),
    [
        (AssertionError("no"), True, None, Wishes(), ("advice", "skipped")),
        (AssertionError("no"), True, None, Wishes(advice_fails=True), ("failed", "failed")),
        (AssertionError("no"), True, None, Wishes(baseline=True), ("advice", "skipped")),
        (AssertionError("no"), True, None, Wishes(advice_fails=True, baseline=True), ("tolerated", "skipped")),
        (AssertionError("no"), True, TOLERANCE, Wishes(), ("tolerated", "skipped")),
        (AssertionError("no"), False, None, Wishes(), ("failed", "failed")),
        (AssertionError("no"), False, None, Wishes(baseline=True), ("tolerated", "skipped")),
        (AssertionError("no"), False, TOLERANCE, Wishes(), ("tolerated", "skipped")),
        (RuntimeError("oh"), True, TOLERANCE, Wishes(baseline=True), ("error", "failed")),
        (None, True, None, Wishes(baseline=True), ("passed", "passed")),
        (None, False, TOLERANCE, Wishes(), ("passed", "passed")),
    ],
)
def test_only_a_claim_that_is_broken_is_excused(
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
    advice: bool,
    tolerance: Tolerance | None,
    wishes: Wishes,
    expected: tuple[str, str],
) -> None:
    """Advice, an entry and a baseline excuse a claim that is broken, in this order of weight, and nothing else."""
    monkeypatch.setattr(deviations, "here", lambda case: [])

    *found, record = _judged(error, advice, tolerance, wishes)

    assert tuple(found) == expected
    assert bool(record["reproduce"]) == (record["outcome"] != "passed")
    if tolerance and record["outcome"] == "tolerated":
        assert record["message"] == "third-party: not ours\nno"
        assert record["link"] == "https://example.org/1"


def _found(outcome: Outcome, subject: str, message: str) -> Record:
    return replace(PASSED, subject=subject, outcome=outcome, message=message)


def test_much_advice_is_few_lines(tmp_path: Path) -> None:
    """A thousand like findings of one case are its sentence, ten subjects and how many more, and what to do."""
    records = [_found(Outcome.advice, f"dag_{n:04}", "seen\nIf this fails: do it.") for n in range(1000)]

    lines = printed(written(tmp_path / "r.jsonl", *records), verbose=True).splitlines()

    start = lines.index("advice: RETRY-001 A task is tried again.")
    assert lines[start + 1].startswith("  dag_0000, dag_0001, dag_0002, ")
    assert lines[start + 1].endswith(", dag_0009 and 990 more")
    assert lines[start + 2 : start + 4] == ["  If this fails: do it.", ""]
    assert len(lines) < 12


def test_advice_says_what_was_found(tmp_path: Path) -> None:
    """Where the findings of one case differ, ten are told, each with its subject."""
    records = [_found(Outcome.advice, f"dag_{n:04}", f"seen {n}\nIf this fails: do it.") for n in range(1000)]

    lines = printed(written(tmp_path / "r.jsonl", *records), verbose=True).splitlines()

    start = lines.index("advice: RETRY-001 A task is tried again.")
    assert lines[start + 1 : start + 3] == ["  dag_0000: seen 0", "  dag_0001: seen 1"]
    assert lines[start + 11 : start + 14] == ["  and 990 more", "  If this fails: do it.", ""]


def test_what_is_tolerated_is_told_by_its_reason(tmp_path: Path) -> None:
    """What is tolerated of one case for one reason is one block, with the reason and its link."""
    records = [_found(Outcome.tolerated, name, f"to-be-fixed\nseen {name}") for name in "ab"]
    other = replace(_found(Outcome.tolerated, "c", "intended: so it is\nseen"), link="https://example.org/1")

    text = printed(written(tmp_path / "r.jsonl", *records, other), verbose=True)

    head = "tolerated: RETRY-001 A task is tried again.\n"
    assert f"{head}  a, b\n  to-be-fixed\n" in text
    assert f"{head}  c\n  intended: so it is  https://example.org/1\n" in text


def test_the_specification_says_what_is_advice() -> None:
    """The entry of a case says that it is advice."""
    entry = catalogue()[0]

    assert "* Advice: " in docs._case(replace(entry, case=replace(entry.case, advice=True)))
    assert "* Advice: " not in docs._case(replace(entry, case=replace(entry.case, advice=False)))


ADVISES = """
from dataclasses import replace
from conformance.patterns import retry
for function in vars(retry).values():
    if getattr(getattr(function, "case", None), "id", "") == "RETRY-002":
        function.case = replace(function.case, advice=True)
"""
CLAIM = '[[claim]]\npattern = "retry"\ndag = "orders"\ntask = "load"\nretries = 2\n'


@pytest.mark.parametrize(
    ("options", "outcome", "code"), [((), Outcome.advice, 0), (("--advice-fails", "-n", 2), Outcome.failed, 1)]
)
def test_advice_fails_a_run_only_when_asked(tmp_path: Path, options: Any, outcome: Outcome, code: int) -> None:
    """What a case that is advice finds is counted, shown and excused; with `--advice-fails` it is a failure."""
    write_files(tmp_path / "dags", {"orders.py": dag("orders", retries=1), "claims.toml": CLAIM})
    (tmp_path / "advises.py").write_text(ADVISES)
    words = ("--pyargs", "conformance.patterns", "-p", "advises", "--dags", "dags", "--report", "r.jsonl", "-v")

    run = processes.pytest(
        *(*words, "--case", "RETRY-002", *options),
        cwd=tmp_path,
        PYTHONPATH=f"{tmp_path}:{processes.environment()['PYTHONPATH']}",
    )

    (record,) = read(tmp_path / "r.jsonl").records
    assert (record.outcome, run.returncode) == (outcome, code)
    assert f"{outcome.value}: RETRY-002 " in run.stdout
    assert "If this fails: " in run.stdout
