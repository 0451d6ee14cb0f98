"""What self-tests that simulate need."""

from __future__ import annotations

from importlib import metadata

import pytest

from conformance.pytest_plugin.plugin import under_test
from conformance.versions import Pin, pins

MARKS = {
    "at_the_ends_of_each_line": "it takes long: it runs on the oldest and the newest Airflow 2 and 3",
    "at_both_ends": "it is about the kit itself: it runs on the oldest and the newest Airflow",
    "at_the_newest": "it knows nothing of Airflow, brings its own environments, or takes long",
}


def pytest_configure(config: pytest.Config) -> None:
    """Explain the marks that say on which Airflow a test runs."""
    for mark, why in MARKS.items():
        config.addinivalue_line("markers", f"{mark}: {why}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of the kit itself out where they would tell nothing new."""
    of_2, of_3 = ([pin for pin in pins() if pin.version.startswith(line)] for line in ("2.", "3."))
    where = {
        "at_the_ends_of_each_line": _is(of_2[0], of_2[-1], of_3[0], of_3[-1]),
        "at_both_ends": _is(of_2[0], of_3[-1]),
        "at_the_newest": _is(of_3[-1]),
    }
    left_out = [
        item for item in items if not all(runs for mark, runs in where.items() if item.get_closest_marker(mark))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is(*pins: Pin) -> bool:
    try:
        return metadata.version("apache-airflow") in [pin.version for pin in pins]
    except metadata.PackageNotFoundError:  # where the wheel is tested
        return False


@pytest.fixture(scope="session")
def sandbox(request: pytest.FixtureRequest) -> None:
    """This process is in the sandbox; ask for it before Airflow is imported."""
    under_test(request.config)
