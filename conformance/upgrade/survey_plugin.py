"""A pytest plugin that writes down, for who started it, what a run found in its folder, and what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from conformance.folder.survey import write
from conformance.pytest_plugin.plugin import under_test
from conformance.simulator import SimulatedRun, Simulator
from conformance.upgrade import tables

KEY = "conformance tables"
"""By this name a report has the tables of the runs that were simulated in its item."""

_KEPT = pytest.StashKey["_Tables"]()


class _Tables:
    """The tables of all items, wherever these were run."""

    def __init__(self) -> None:
        self.lines: list[Any] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """An item has come to its end."""
        if report.when == "teardown":
            self.lines += [line for key, line in report.user_properties if key == KEY]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to write."""
    group = parser.getgroup("conformance")
    group.addoption("--survey-to", type=Path, required=True, help="Where to write what is in the folder.")
    group.addoption("--tables-to", type=Path, required=True, help="Where to write what happened in each rehearsal.")


def pytest_sessionstart(session: pytest.Session) -> None:
    """The DAGs are parsed: what is wrong with the folder was said."""
    write(under_test(session.config).folder, session.config.getoption("--survey-to"))
    session.config.stash[_KEPT] = _Tables()
    session.config.pluginmanager.register(session.config.stash[_KEPT])


@pytest.fixture
def simulate(simulate: Simulator, request: pytest.FixtureRequest) -> Simulator:
    """As the fixture of that name of the kit's plugin, and what came of it is kept."""
    from conformance.case import case_of

    case = case_of(request.function)
    subject = next(iter(request.node.callspec.params.values()))
    assert case is not None
    runs: list[dict[str, Any]] = []
    request.node.user_properties.append((KEY, (case.id, subject.label, runs)))

    def noted(*arguments: Any, **options: Any) -> SimulatedRun:
        run = simulate(*arguments, **options)
        runs.extend(tables.as_data(one) for one in (run, *run.others))
        return run

    noted.retry_waits = simulate.retry_waits  # type: ignore[attr-defined]
    return cast("Simulator", noted)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """All has happened."""
    kept = session.config.stash.get(_KEPT, None)
    if kept is not None:
        tables.write(kept.lines, session.config.getoption("--tables-to"))
