"""From pytest's reports to records: what outcome a case had, and what a person should read about it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import __version__, deviations
from conformance.case import Case
from conformance.claims.roles import PATTERNS, Claim, TriggerRules
from conformance.report.record import Dag, Header, Outcome, Record, ReportWriter, Task, now
from conformance.report.scrub import scrubber
from conformance.report.verdict import exit_code
from conformance.sandbox import env

if TYPE_CHECKING:
    from conformance.report.progress import ProgressLine
    from conformance.under_test import UnderTest

KEY = "conformance"
LONGEST_MESSAGE = 40
"""Lines of an explanation that are kept; the state table comes first."""


def judge(report: pytest.TestReport, call: pytest.CallInfo[None], case: Case, subject: Any, tested: UnderTest) -> None:
    """Decide the outcome of a case, turn a deviation into what pytest calls an expected failure, attach the record."""
    outcome, message = _outcome(report, call)
    known = _deviation(case, subject)
    link = ""
    if known and outcome is Outcome.failed:
        outcome, message, link = Outcome.deviation, known.seen, known.link
        report.outcome, report.wasxfail = "skipped", known.seen
    elif known and outcome is Outcome.passed and tested.is_reference:
        outcome, message, link = Outcome.surprise, f"listed as a deviation, but it passes: {known.seen}", known.link
        report.outcome, report.longrepr = "failed", f"{case.id}: {message}"
    record = Record(
        case=case.id,
        pattern=subject.pattern if isinstance(subject, Claim) else "any-dag",
        subject=subject.label if isinstance(subject, Claim) else subject.path,
        outcome=outcome,
        claim=case.claim,
        seconds=round(report.duration, 3),
        message=_told(case, _scrub(tested.folder.path)(message), outcome),
        where=_where(subject, tested),
        reproduce=_reproduce(case, subject, tested) if outcome in (Outcome.failed, Outcome.error) else "",
        link=link,
        dag=subject.dag if isinstance(subject, Claim) else "",
    )
    report.user_properties.append((KEY, {**vars(record), "outcome": outcome.value}))


def _outcome(report: pytest.TestReport, call: pytest.CallInfo[None]) -> tuple[Outcome, str]:
    if report.passed:
        return Outcome.passed, ""
    if report.skipped:
        reason = str(call.excinfo.value) if call.excinfo else ""
        return (Outcome.not_applicable if reason.startswith("not applicable") else Outcome.not_run), reason
    assert call.excinfo is not None
    error = call.excinfo.value
    failed = isinstance(error, AssertionError | pytest.fail.Exception) and report.when == "call"
    text = str(error) if failed else f"{type(error).__name__}: {error}"
    return (Outcome.failed if failed else Outcome.error), text


def _deviation(case: Case, subject: Any) -> deviations.Deviation | None:
    return next((d for d in deviations.here(case.id) if not d.needs or subject.has(d.needs)), None)


def _told(case: Case, message: str, outcome: Outcome) -> str:
    lines = message.splitlines()[:LONGEST_MESSAGE]
    if outcome is Outcome.failed:
        lines.append(f"If this fails: {case.if_this_fails}")
    return "\n".join(lines)


def _where(subject: Any, tested: UnderTest) -> str:
    if isinstance(subject, TriggerRules):
        return f"fixtures/truth_tables/{subject.path.name}"
    if not isinstance(subject, Claim):
        file = f"{tested.folder.path.name}/{subject.path}"
        # What is wrong with a file ends with the place, "(dags/a.py:3)", which may be in a module that it imports.
        _, _, place = (subject.error.message if subject.error else "").rpartition("(")
        return place.rstrip(")") if place.startswith(f"{file}:") else file
    named = next((getattr(subject, role) for role in subject.roles), None)
    return tested.where(subject.dag, named if isinstance(named, str) else None)


def _reproduce(case: Case, subject: Any, tested: UnderTest) -> str:
    folder = "" if tested.is_reference else f" {_relative(tested.folder.path)}"
    dag = f" --dag {subject.dag}" if isinstance(subject, Claim) and subject.dag else ""
    return f"airflow-conformance verify{folder} --case {case.id}{dag}"


def _relative(folder: Path) -> str:
    """The folder as a person here can name it or, elsewhere, by its name: the way to it would tell where this was."""
    path = os.path.relpath(folder)
    return folder.name if path.startswith(os.pardir) else path


@lru_cache(maxsize=1)
def _scrub(folder: Path) -> Callable[[str], str]:
    # What the sandbox sets is the same everywhere, and pytest's own variable changes all the time.
    ours = {*env.foreign(os.environ), "PYTEST_CURRENT_TEST"}
    return scrubber(folder, {name: value for name, value in os.environ.items() if name not in ours})


class Recorder:
    """Gathers the records of a run, shows progress, and writes and prints the report at the end."""

    def __init__(self, tested: UnderTest, path: Path | None) -> None:
        from rich.console import Console

        self._console = Console(file=sys.stdout)
        self._writer = ReportWriter(path, _header(tested), _dags(tested)) if path else None
        self._progress: ProgressLine | None = None
        self._broken: list[str] = []
        self._others_failed = False

    def expect(self, total: int) -> None:
        """So many cases will run."""
        from conformance.report.progress import ProgressLine

        if total and self._progress is None:
            self._progress = ProgressLine(self._console, total)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """The first worker has told how much there is to do."""
        self.expect(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record out of a report."""
        self._others_failed |= report.failed and KEY not in dict(report.user_properties)
        for name, value in report.user_properties:
            if name == KEY:
                said: Any = value
                record = Record(**{**said, "outcome": Outcome(said["outcome"])})
                if self._writer:
                    self._writer.add(record)
                if self._progress:
                    self._progress.step(record.case, record.subject, record.outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of the specification that cannot be collected is our own mistake; say so."""
        if report.failed:
            self._broken.append(report.longreprtext)

    def finish(self, exit_status: int) -> int:
        """Write the report and print the matrix; the exit code: 0 conforms, 1 does not, 2 could not tell."""
        if self._progress:
            self._progress.stop()
        for text in self._broken:
            print(text, file=sys.stderr)
        if self._writer is None:
            return exit_status
        from conformance.report.matrix import print_matrix

        ran = exit_status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
        report = self._writer.close(complete=ran and not self._broken)
        print_matrix(report, self._console, order=list(PATTERNS))
        return exit_code(report.footer.verdict) or int(self._others_failed)


def _header(tested: UnderTest) -> Header:
    distributions = metadata.distributions()
    providers = {
        d.metadata["Name"]: d.version
        for d in distributions
        if d.metadata["Name"].startswith("apache-airflow-providers-")
    }
    return Header(
        kit=__version__,
        airflow=metadata.version("apache-airflow"),
        python=platform.python_version(),
        providers=dict(sorted(providers.items())),
        database="sqlite",
        folder=tested.folder.path.name,
        started=now(),
    )


def _dags(tested: UnderTest) -> list[Dag]:
    return [
        Dag(
            dag_id,
            tested.where(dag_id),
            tuple(Task(t.task_id, t.operator, t.trigger_rule, t.upstream, t.mapped) for t in dag.tasks),
        )
        for dag_id, dag in tested.folder.dags.items()
    ]
