"""From pytest's reports to records: what outcome a case had, and what a person should read about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from posixpath import normpath
from shlex import quote
from typing import TYPE_CHECKING, Any

import pytest

from conformance import deviations
from conformance.case import Case, FoundInTask
from conformance.claims.tolerances import TO_BE_FIXED, Tolerance
from conformance.folder.missing import called
from conformance.paths import told
from conformance.patterns.trigger_rules import TriggerRules
from conformance.pytest_plugin.assumed import assumption, stand_ins
from conformance.pytest_plugin.case_simulator import what_was_kept
from conformance.pytest_plugin.redact import hide, scrub
from conformance.report.record import Outcome, Record
from conformance.roles.claim import Claim
from conformance.sandbox.time_limit import OutOfTime
from conformance.versions import measured

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest

KEY = "conformance"
FINE = (Outcome.passed, Outcome.deviation, Outcome.not_applicable)
EXCUSED = (Outcome.deviation, Outcome.tolerated, Outcome.advice, Outcome.assumed)
REPRODUCIBLE = (Outcome.failed, Outcome.error, Outcome.tolerated, Outcome.advice)
PYTESTS_OWN = re.compile(r"assert | +\+ +(where|and) ")
"""How pytest begins to tell what was asserted, and where it came from: of use to those who know our code."""
LONGEST_MESSAGE = 40
"""Lines of an explanation that are kept; the state table comes first."""


@dataclass(frozen=True)
class Wishes:
    """What was asked for: that advice fails a run; that whatever fails is tolerated from now on."""

    advice_fails: bool = False
    baseline: bool = False


def judge(
    report: pytest.TestReport,
    call: pytest.CallInfo[None],
    case: Case,
    subject: Any,
    tested: UnderTest,
    wishes: Wishes = Wishes(),
    remark: str = "",
) -> None:
    """Decide the outcome of a case, turn what need not fail into what pytest calls expected, attach the record."""
    outcome, message = _outcome(report, call)
    kept = what_was_kept()
    message = hide(message or remark or kept, tested.given, tested.folder)
    outcome, message, link = _decided(case, subject, tested, wishes, outcome, message)
    if outcome is Outcome.surprise:
        report.outcome, report.longrepr = "failed", f"{case.id}: {message}"
    if outcome in EXCUSED:
        report.outcome, report.wasxfail = "skipped", message.partition("\n")[0]
    record = Record(
        case=case.id,
        pattern=subject.pattern if isinstance(subject, Claim) else "any-dag",
        subject=subject.label,
        outcome=outcome,
        claim=case.claim,
        seconds=round(report.duration, 3),
        message=_told(case, scrub(message, tested.folder), outcome),
        where=_where(subject, tested, call.excinfo.value if call.excinfo else None),
        reproduce=_reproduce(case, subject, tested) if outcome in REPRODUCIBLE else "",
        link=link,
        dag=subject.dag if isinstance(subject, Claim) else "",
        stand_ins=tuple(map(called, stand_ins(subject, tested))),
    )
    report.user_properties.append((KEY, {**vars(record), "outcome": outcome.value}))


def recorded(report: pytest.TestReport) -> list[Record]:
    """The record that `judge` attached to a report, if it is one of a case."""
    said: list[Any] = [value for name, value in report.user_properties if name == KEY]
    # From another process a tuple comes as a list.
    return [
        Record(**{**fields, "outcome": Outcome(fields["outcome"]), "stand_ins": tuple(fields["stand_ins"])})
        for fields in said
    ]


def _outcome(report: pytest.TestReport, call: pytest.CallInfo[None]) -> tuple[Outcome, str]:
    if report.passed:
        return Outcome.passed, ""
    if report.skipped:
        reason = str(call.excinfo.value) if call.excinfo else ""
        return (Outcome.not_applicable if reason.startswith("not applicable") else Outcome.not_run), reason
    assert call.excinfo is not None
    error = call.excinfo.value
    failed = isinstance(error, AssertionError | pytest.fail.Exception) and report.when == "call"
    text = str(error) if failed or isinstance(error, OutOfTime) else f"{type(error).__name__}: {error}"
    return (Outcome.failed if failed else Outcome.error), text


def _decided(
    case: Case, subject: Any, tested: UnderTest, wishes: Wishes, outcome: Outcome, message: str
) -> tuple[Outcome, str, str]:
    """What is known of this Airflow, tolerated in this folder, and missing here makes of an outcome; with a link."""
    known = _deviation(case, subject)
    if known and outcome is Outcome.failed:
        return Outcome.deviation, known.fact.seen, known.fact.link
    if rests_on := _rests_on(case, subject, tested, outcome):
        message = f"{'fails' if outcome is Outcome.failed else 'holds'}, if {rests_on}\n{message}".rstrip()
        outcome = Outcome.assumed
    if _can_be_tolerated(outcome, subject) and (tolerance := _tolerance(case, subject, tested, wishes, outcome)):
        return Outcome.tolerated, f"{tolerance.said}\n{message}", tolerance.link
    if outcome is Outcome.failed and case.advice and not wishes.advice_fails:
        return Outcome.advice, message, ""
    if known and outcome is Outcome.passed and tested.is_reference:
        return Outcome.surprise, f"listed as a deviation, but it passes: {known.fact.seen}", known.fact.link
    return outcome, message, ""


def _rests_on(case: Case, subject: Any, tested: UnderTest, outcome: Outcome) -> str:
    """On what an outcome rests that nobody can see here; advice that nobody needs rests on nothing."""
    rests = outcome is Outcome.failed or (outcome is Outcome.passed and not case.advice)
    return assumption(case, subject, tested) if rests else ""


def _deviation(case: Case, subject: Any) -> deviations.Deviation | None:
    return next((d for d in deviations.here(case.id) if not d.needs or subject.has(d.needs)), None)


def _can_be_tolerated(outcome: Outcome, subject: Any) -> bool:
    """A failure can, what rests on something that is missing, and that a DAG is too large for what is tried of it."""
    return outcome in (Outcome.failed, Outcome.assumed) or (
        outcome is Outcome.not_run and bool(getattr(subject, "too_large", ""))
    )


def _tolerance(case: Case, subject: Any, tested: UnderTest, wishes: Wishes, outcome: Outcome) -> Tolerance | None:
    """By what a failure is tolerated: an entry, or the entry that is going to be written."""
    new = wishes.baseline and (wishes.advice_fails or not case.advice or outcome is Outcome.assumed)
    written = tested.tolerances.get((case.id, subject.label))
    return written or (Tolerance(case.id, subject.label, TO_BE_FIXED) if new else None)


def _told(case: Case, message: str, outcome: Outcome) -> str:
    first, *others = message.splitlines() or [""]
    lines = [first, *(line for line in others if not PYTESTS_OWN.match(line))][:LONGEST_MESSAGE]
    if outcome in (Outcome.failed, Outcome.advice):
        lines.append(f"If this fails: {case.if_this_fails}")
    here = metadata.version("apache-airflow")
    if outcome is Outcome.error and here != measured(here):
        lines.append(f"Nobody measured Airflow {here}, so that the kit may be wrong and not the DAG: {_instead(here)}.")
    return "\n".join(lines)


def _instead(airflow: str) -> str:
    patch = measured(airflow)
    return f"{patch} is the patch that is measured" if patch else "it is newer than this kit"


def _where(subject: Any, tested: UnderTest, error: BaseException | None) -> str:
    if isinstance(subject, TriggerRules):
        return f"fixtures/truth_tables/{subject.path.name}"
    if not isinstance(subject, Claim):
        file = normpath(f"{tested.folder.path.name}/{subject.path}")
        # What is wrong with a file ends with the place, "(dags/a.py:3)", which may be in a module that it imports.
        _, _, place = (subject.error.message if subject.error else "").rpartition("(")
        return place.rstrip(")") if place.startswith(f"{file}:") else file
    named = next((getattr(subject, role) for role in subject.roles), None)
    if isinstance(error, FoundInTask):
        named = error.task
    return tested.where(subject.dag, named if isinstance(named, str) else None)


def _reproduce(case: Case, subject: Any, tested: UnderTest) -> str:
    folder = "" if tested.is_reference else f" {told(tested.folder.path)}"
    dag = f" --dag {quote(subject.dag)}" if isinstance(subject, Claim) and subject.dag else ""
    paths = "".join(f" --pythonpath {told(path)}" for path in tested.pythonpath)
    asked = f" {subject.asked_for}" if isinstance(subject, Claim) and subject.asked_for else ""
    strictly = " --no-stand-ins" * (not tested.stand_ins)
    return f"airflow-conformance verify{folder} --case {case.id}{dag}{asked}{paths}{strictly}{tested.given.options}"


def stale(records: Iterable[Record], tolerances: Mapping[tuple[str, str], Tolerance]) -> dict[Record, Record]:
    """What was tolerated and does not fail, as surprises, by the record that it was."""
    seen: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        seen.setdefault((record.case, record.subject), []).append(record)
    return {
        record: _surprise(record, tolerance)
        for pair, tolerance in tolerances.items()
        if all(record.outcome in FINE for record in seen.get(pair, []))
        for record in seen.get(pair, [])
    }


def _surprise(record: Record, tolerance: Tolerance) -> Record:
    seen = {
        Outcome.passed: "it passes",
        Outcome.deviation: "this Airflow is known to do so",
        Outcome.not_applicable: f"it is {record.message}",
    }
    message = (
        f"{tolerance.where} tolerates it ({tolerance.said}), but {seen[record.outcome]}: delete the entry, "
        "or let its `airflow` say which versions it is about."
    )
    return replace(record, outcome=Outcome.surprise, message=message, where=tolerance.where, link=tolerance.link)
