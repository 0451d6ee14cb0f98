"""What self-tests that simulate need."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from conformance.pytest_plugin.plugin import under_test

ENDS = ("2.7.", "3.3.")
"""The oldest and the newest Airflow."""

FROM_END_TO_END = (
    "test_asked_to_execute.py",
    "test_bad_input.py",
    "test_cli.py",
    "test_databases.py",
    "test_deferring_safety.py",
    "test_discovery_of_deferrable_sensors.py",
    "test_end_to_end.py",
    "test_ending.py",
    "test_environments.py",
    "test_judging.py",
    "test_large_data_keys.py",
    "test_limit.py",
    "test_plugin.py",
    "test_safety.py",
    "test_survey.py",
    "test_truth_tables.py",
)
"""What is about the kit itself: tried at both ends, for what lies between is alike."""

AT_THE_NEWEST = (
    "test_advice.py",
    "test_ci_snippets.py",
    "test_diff.py",
    "test_discovery.py",
    "test_explain.py",
    "test_html.py",
    "test_html_in_chromium.py",
    "test_large.py",
    "test_matrix.py",
    "test_odd_dags.py",
    "test_report.py",
    "test_schema.py",
    "test_scrub.py",
    "test_tolerate.py",
    "test_unfit.py",
    "test_upgrade.py",
    "test_upgrade_of_a_shop.py",
    "test_verdict.py",
    "test_versions_matrix.py",
    "test_views.py",
)
"""What knows nothing of Airflow, has environments of its own, or takes long: it would be the same wherever it runs."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the tests of the kit itself out where they would tell nothing new."""
    name = collection_path.name
    left_out = (name in FROM_END_TO_END and not _is(*ENDS)) or (name in AT_THE_NEWEST and not _is(ENDS[-1]))
    return True if left_out else None


def _is(*airflow: str) -> bool:
    try:
        return metadata.version("apache-airflow").startswith(airflow)
    except metadata.PackageNotFoundError:  # where the wheel is tested
        return False


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> None:
    """This process is in the sandbox; ask for it before Airflow is imported."""
    under_test(request.config)
