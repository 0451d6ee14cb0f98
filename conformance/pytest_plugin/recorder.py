"""Gathers the records of a run, shows how far it is, and writes the report in the end."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from importlib import metadata
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import __version__
from conformance.case import case_of
from conformance.claims.baseline import append
from conformance.patterns import NAMES
from conformance.pytest_plugin.judge import recorded, stale
from conformance.report.record import Dag, Header, Outcome, Record, ReportWriter, Task, now
from conformance.report.verdict import COULD_NOT_TELL, exit_code

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest
    from conformance.report.progress import ProgressLine


class Recorder:
    """
    Gathers the records of a run, shows progress, and writes and prints the report at the end.

    With a `baseline`, the claims file of that path tolerates in the end what failed. `verbose` prints all there is.
    """

    def __init__(
        self, tested: UnderTest, path: Path | None, baseline: Path | None = None, verbose: bool = False
    ) -> None:
        from rich.console import Console

        self._tested = tested
        self._baseline = baseline
        self._verbose = verbose
        self._records: list[Record] = []
        self._placed: list[tuple[int, Record]] = []
        self._places: dict[str, int] = {}
        self._console = Console(file=sys.stdout)
        self._writer = ReportWriter(path, _header(tested), _dags(tested)) if path else None
        self._progress: ProgressLine | None = None
        self._broken: list[str] = []
        self._lost: list[str] = []
        self._others_failed = False

    def expect(self, ids: Iterable[str]) -> None:
        """These items will run, in whatever order; they are told in this one."""
        from conformance.report.progress import ProgressLine

        self._places = {nodeid: place for place, nodeid in enumerate(ids)}
        if self._places and self._progress is None:
            self._progress = ProgressLine(self._console, len(self._places))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is left when everybody has chosen, `-k` too."""
        self.expect(item.nodeid for item in session.items if case_of(getattr(item, "function", None)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """The first worker has told how much there is to do."""
        if not self._places:
            self.expect(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record out of a report."""
        found = recorded(report)
        self._others_failed |= report.failed and not found
        self._placed += [(self._places.get(report.nodeid, 0), record) for record in found]
        for record in found:
            if self._progress:
                self._progress.step(record.case, record.subject, record.outcome)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of the specification that cannot be collected is our own mistake; say so."""
        if report.failed:
            self._broken.append(report.longreprtext)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """A worker of xdist is gone, and with it what this case would have said."""
        self._lost.append(crashitem)

    def finish(self, exit_status: int) -> int:
        """Write the report and print the matrix; the exit code: 0 conforms, 1 does not, 2 could not tell."""
        if self._progress:
            self._progress.stop()
        for text in self._broken:
            print(text, file=sys.stderr)
        for item in self._lost:
            case = item.rpartition("::")[2]
            print(f"{case} ended the process that ran it, and is missing in the report: run it alone.", file=sys.stderr)
        ran = exit_status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
        complete = ran and not self._broken and not self._lost
        self._records = [record for _, record in sorted(self._placed, key=itemgetter(0))]
        surprises = stale(self._records, self._tested.tolerances) if complete else {}
        if self._baseline:
            self._tolerate(self._baseline, complete)
        if self._writer is None:
            for record in surprises.values():
                print(f"{record.outcome.value}: {record.case} {record.subject}: {record.message}", file=sys.stderr)
            return COULD_NOT_TELL if self._lost else exit_status or int(bool(surprises))
        from conformance.report.terminal import print_matrix

        for record in self._records:
            self._writer.add(surprises.get(record, record))
        report = self._writer.close(complete)
        print_matrix(report, self._console, list(NAMES), self._verbose)
        return exit_code(report.footer.verdict) or int(self._others_failed)

    def _tolerate(self, path: Path, complete: bool) -> None:
        """Write down what failed and no entry tolerates yet."""
        failed = [(r.case, r.subject) for r in self._records if r.outcome is Outcome.tolerated]
        new = [pair for pair in failed if pair not in self._tested.tolerances]
        if complete:
            count = append(path, new, metadata.version("apache-airflow"))
            wrote = f"{count} new entr{'y' if count == 1 else 'ies'} in {path.name}"
        else:
            wrote = f"{path.name} stays as it was, for the run did not come to its end"
        self._console.print(f"--baseline: {wrote}.", markup=False, highlight=False, soft_wrap=True)


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
