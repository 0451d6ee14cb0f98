"""
The wheel, installed in a clean environment, is the whole kit: `tox run -e package`.

Not called test_*.py: it builds an environment of its own, so it runs only where it is named.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.environments.build import uv
from conformance.paths import PACKAGE
from conformance.versions import newest

# The first test builds the wheel and installs Airflow.
pytestmark = pytest.mark.timeout(600)


def run(*words: str | Path, folder: Path) -> str:
    """What a command that must succeed prints, run in `folder` with no trace of the checkout."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the newest Airflow and the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    run(uv(), "build", "--quiet", "--wheel", "--out-dir", folder, PACKAGE.parent, folder=folder)
    (wheel,) = folder.glob("*.whl")
    run(uv(), "venv", "--quiet", "--python", sys.executable, folder / "venv", folder=folder)
    python = folder / "venv/bin/python"
    run(uv(), "pip", "install", "--quiet", "--python", python, wheel, "-r", newest().constraints, folder=folder)
    return python.parent


def test_one_name_is_installed(installed: Path, tmp_path: Path) -> None:
    """The wheel installs `conformance`, its metadata and one command: never a top-level `dags` or `fixtures`."""
    code = "from importlib.metadata import files; print(*{file.parts[0] for file in files('airflow-conformance')})"
    names = run(installed / "python", "-c", code, folder=tmp_path).split()

    assert {name for name in names if not name.endswith(".dist-info")} == {"..", "conformance"}


def test_the_data_is_inside(installed: Path, tmp_path: Path) -> None:
    """The reference DAGs, their claims and the pins are found inside the installed package."""
    code = "from conformance import paths; print(paths.PACKAGE, paths.DAGS, paths.FIXTURES)"
    package, dags, fixtures = map(Path, run(installed / "python", "-c", code, folder=tmp_path).split())

    assert package.is_relative_to(installed.parent)
    assert (dags, fixtures) == (package / "dags", package / "fixtures")
    assert (dags / "claims.toml").is_file()
    assert newest().version in run(installed / "airflow-conformance", "versions", folder=tmp_path)
    assert "dags/retry.py" in run(installed / "airflow-conformance", "explain", "RETRY-003", folder=tmp_path)


def test_the_specification_is_collected(installed: Path, tmp_path: Path) -> None:
    """`pytest --pyargs conformance` collects the patterns, and nothing but patterns, from the wheel."""
    collected = run(installed / "pytest", "--pyargs", "conformance", "--collect-only", "-q", folder=tmp_path)
    tests = [line for line in collected.splitlines() if "::" in line]

    assert tests
    assert [test for test in tests if "patterns/" not in test] == []


def test_verify_runs_where_airflow_is_installed(installed: Path, tmp_path: Path) -> None:
    """`airflow-conformance verify` finds reference DAGs to conform, using the Airflow beside it."""
    run(installed / "airflow-conformance", "verify", *("--dag", "retry"), *("--dag", "large_data"), folder=tmp_path)

    assert (tmp_path / "report.jsonl").is_file()
    run(installed / "airflow-conformance", "report", "report.jsonl", "--html", "report.html", folder=tmp_path)
    assert "</html>" in (tmp_path / "report.html").read_text(encoding="utf-8")
