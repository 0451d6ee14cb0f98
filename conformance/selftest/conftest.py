"""What self-tests that simulate need."""

from __future__ import annotations

import pytest

from conformance.plugin import under_test


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> None:
    """This process is in the sandbox; ask for it before Airflow is imported."""
    under_test(request.config)
