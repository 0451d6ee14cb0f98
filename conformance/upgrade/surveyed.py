"""A pytest plugin that writes down what the survey of a run found, for the process that started it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.claims.folder import write
from conformance.plugin import under_test


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option."""
    parser.getgroup("conformance").addoption("--survey-to", type=Path, required=True, help="Where to write.")


def pytest_sessionstart(session: pytest.Session) -> None:
    """The DAGs are parsed: what is wrong with the folder was said."""
    write(under_test(session.config).folder, session.config.getoption("--survey-to"))
