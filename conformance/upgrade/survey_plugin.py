"""A pytest plugin that writes down, for who started it, what a run found in its folder, and what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from conformance.folder.survey import write
from conformance.pytest_plugin.plugin import under_test
from conformance.simulator import SimulatedRun, Simulator
from conformance.upgrade import tables

_TABLES = pytest.StashKey[dict[tuple[str, str], list[tables.Table]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to write."""
    group = parser.getgroup("conformance")
    group.addoption("--survey-to", type=Path, required=True, help="Where to write what is in the folder.")
    group.addoption("--tables-to", type=Path, required=True, help="Where to write what happened in each rehearsal.")


def pytest_sessionstart(session: pytest.Session) -> None:
    """The DAGs are parsed: what is wrong with the folder was said."""
    write(under_test(session.config).folder, session.config.getoption("--survey-to"))
    session.config.stash[_TABLES] = {}


@pytest.fixture
def simulate(simulate: Simulator, request: pytest.FixtureRequest) -> Simulator:
    """As the fixture of that name of the kit's plugin, and what came of it is kept."""
    from conformance.case import case_of

    case = case_of(request.function)
    subject = next(iter(request.node.callspec.params.values()))
    assert case is not None
    kept = request.config.stash[_TABLES].setdefault((case.id, subject.label), [])

    def noted(*arguments: Any, **options: Any) -> SimulatedRun:
        run = simulate(*arguments, **options)
        kept.extend(tables.table(one) for one in (run, *run.others))
        return run

    noted.retry_waits = simulate.retry_waits  # type: ignore[attr-defined]
    return cast("Simulator", noted)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """All has happened."""
    kept = session.config.stash.get(_TABLES, None)
    if kept is not None:
        tables.write(kept, session.config.getoption("--tables-to"))
