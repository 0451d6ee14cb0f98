"""Proves that whatever lists the Airflows there are lists those that have pins, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.paths import PACKAGE
from conformance.versions import newest, pins

pytestmark = pytest.mark.at_the_newest

ROOT = PACKAGE.parent
MINORS = [pin.minor for pin in pins()]
LINES = [[minor for minor in MINORS if minor.startswith(line)] for line in ("2.", "3.")]
OLDEST, NEWEST = ([minors[place] for minors in LINES] for place in (0, -1))
"""The ends of both lines, on which every rehearsal runs; within task groups, too, on the newest."""


def text(name: str) -> str:
    """The text of a file of the checkout."""
    return (ROOT / name).read_text(encoding="utf-8")


def listed(name: str, pattern: str) -> list[list[str]]:
    """What each place of a file lists, as text between commas."""
    return [found.split(",") for found in re.findall(pattern, text(name), re.MULTILINE)]


def test_tox_has_an_environment_for_each() -> None:
    """`tox.ini` names every minor wherever it lists them; what is left out between the ends of a line runs at these."""
    assert listed("tox.ini", r"airflow-\{([\d.,]+)\}") == [MINORS, MINORS]
    whole, without_groups, least = listed("tox.ini", r"^    ([\d.,]+): pytest")
    assert (whole, without_groups) == (NEWEST, OLDEST)
    assert sorted([*whole, *without_groups, *least]) == sorted(MINORS)


@pytest.mark.parametrize("name", ["tox.ini", ".github/workflows/ci.yml", "Makefile"])
def test_what_takes_the_newest_takes_the_newest(name: str) -> None:
    """No other minor stands where there is one environment for all: for lint, the docs and the wheel."""
    one_for_all = re.findall(r"airflow-([\d.]+)\.txt|AIRFLOW:([\d.]+)\}", text(name))

    assert {"".join(found) for found in one_for_all} - {FOR_ASYNC_AWS} <= {newest().minor}


FOR_ASYNC_AWS = "3.1"
"""The newest Airflow whose botocore the asynchronous client takes."""


def test_the_workflow_runs_each() -> None:
    """The CI workflow has a job for every minor, and one on the oldest and the newest Python of the newest."""
    workflow = text(".github/workflows/ci.yml")
    jobs = re.findall(r"^ +- airflow-([\d.]+)$", workflow, re.MULTILINE)
    others = re.findall(r"env: airflow-([\d.]+), python: \"([\d.]+)\"", workflow)

    assert jobs == MINORS
    assert {(newest().minor, newest().pythons[0]), (newest().minor, newest().pythons[-1])} <= {*others}
    assert all(python in pin.pythons for minor, python in others for pin in pins() if pin.minor == minor)
    assert f"matrix.env == 'airflow-{MINORS[0]}' || matrix.env == 'airflow-{MINORS[-1]}'" in workflow


def test_the_readme_has_a_column_for_each() -> None:
    """The table of versions in the README is that of the pins, and its first sentence names the ends."""
    rows = [
        ["Airflow", *(pin.version for pin in pins())],
        ["---"] * (len(MINORS) + 1),
        ["Python from", *(pin.pythons[0] for pin in pins())],
        ["Python to", *(pin.pythons[-1] for pin in pins())],
    ]

    assert "\n".join(f"| {' | '.join(row)} |" for row in rows) in text("README.md")
    assert f"from {MINORS[0]} to {MINORS[-1]}" in text("README.md")


def test_the_wheel_takes_no_airflow_that_is_not_known() -> None:
    """The extra `airflow` ends where the pins end."""
    major, minor = newest().minor.split(".")

    assert f'"apache-airflow>={MINORS[0]},<{major}.{int(minor) + 1}"' in text("pyproject.toml")


@pytest.mark.parametrize("path", sorted((ROOT / "conformance").rglob("*.py")), ids=lambda path: path.stem)
def test_no_module_knows_the_newest(path: Path) -> None:
    """Only the pins say which Airflow is the newest; a module speaks of one where it began to differ."""
    code = re.sub(r'""".*?"""|#.*|help="[^"]*"', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert newest().version not in code
    assert not re.search(rf'"{re.escape(newest().minor)}"', code)
