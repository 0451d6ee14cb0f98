"""
A pytest plugin for our own test runs: what they see of the reference DAGs has to be what `fixtures/matrix.csv` says.

It looks at what was run and no further, so that a single case can be tried alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.report.record import Record

NAME = "conformance-matrix"


def pytest_configure(config: pytest.Config) -> None:
    """Listen in the process that reports, when the reference DAGs are under test."""
    if not hasattr(config, "workerinput") and not config.getoption("--dags"):
        config.pluginmanager.register(Check(), NAME)


class Check:
    """Gathers the records of a run, and compares them in the end."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._differences: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the record of a case."""
        from conformance.pytest_plugin.judge import recorded

        self._records += recorded(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a run fail in which something is not as the matrix has it."""
        self._differences = differences(self._records)
        if self._differences:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what it is."""
        for line in self._differences:
            terminalreporter.write_line(line, red=True)


def differences(records: Iterable[Record]) -> list[str]:
    """What a run on the installed Airflow saw that the matrix does not say, a sentence for each."""
    from workshop.matrix import outcomes

    found = outcomes.seen(records)
    if not found:
        return []
    version = metadata.version("apache-airflow")
    said = outcomes.read().get(version, {})
    return [
        f"fixtures/matrix.csv has {said[pair].value if pair in said else 'nothing'} for {pair[0]} {pair[1]} on "
        f"Airflow {version}, and it is {outcome.value}: run `make docs`."
        for pair, outcome in found.items()
        if said.get(pair) is not outcome
    ]
