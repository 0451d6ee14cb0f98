"""What is wrong with the input is one sentence on stderr that says what to do, exit 2, and nothing half-written."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from workshop.selftest import processes
from workshop.selftest.hostile import dag
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_both_ends

AIRFLOW_EARLY = "import sys, types\nsys.modules['airflow'] = types.ModuleType('airflow')\n"
AIRFLOW_OLD = """
from importlib import metadata
version = metadata.version
metadata.version = lambda name: "2.6.3" if name == "apache-airflow" else version(name)
"""
NO_AIRFLOW = """
from importlib import metadata
find = metadata.Distribution.from_name.__func__

def found(cls, name):
    if name.startswith("apache-airflow"):
        raise metadata.PackageNotFoundError(name)
    return find(cls, name)

metadata.Distribution.from_name = classmethod(found)
"""


def _room(room: Path, files: dict[str, str] | None = None) -> None:
    write_files(room / "dags", {"good.py": dag("good")} if files is None else files)


def _pytest(room: Path, *options: object) -> subprocess.CompletedProcess[str]:
    words = ("--pyargs", "conformance.patterns", "--report", "report.jsonl", "--dags", "dags", *options)
    return processes.pytest(*words, cwd=room, PYTHONPATH=f"{room}:{processes.environment()['PYTHONPATH']}")


def _with_plugin(text: str) -> Callable[[Path], subprocess.CompletedProcess[str]]:
    """Verify a good folder in a pytest that loads a plugin with this text first."""

    def run(room: Path) -> subprocess.CompletedProcess[str]:
        _room(room)
        (room / "first.py").write_text(text)
        return _pytest(room, "-p", "first")

    return run


def _absent(room: Path) -> subprocess.CompletedProcess[str]:
    return _pytest(room)


def _file(room: Path) -> subprocess.CompletedProcess[str]:
    (room / "dags").touch()
    return _pytest(room)


def _empty(room: Path) -> subprocess.CompletedProcess[str]:
    _room(room, {})
    return _pytest(room)


def _no_dag(room: Path) -> subprocess.CompletedProcess[str]:
    _room(room, {"helper.py": "X = 1\n"})
    return processes.verify("dags", "-n", 2, cwd=room)


def _no_claims(room: Path) -> subprocess.CompletedProcess[str]:
    _room(room)
    return _pytest(room, "--claims", "absent.toml")


def _no_pins(room: Path) -> subprocess.CompletedProcess[str]:
    _room(room)
    return processes.verify("dags", "--airflow", "1.10", cwd=room)


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        pytest.param(_absent, "There is no folder dags: name the folder that holds your DAG files.", id="absent"),
        pytest.param(_file, "dags is a file: name the folder that holds it.", id="file"),
        pytest.param(_empty, "dags is empty: name the folder that holds your DAG files.", id="empty"),
        pytest.param(_no_dag, "defines a DAG: name a folder with DAG files", id="no-dag"),
        pytest.param(
            _no_claims, "There is no claims file absent.toml: name one, or leave the option out.", id="claims"
        ),
        pytest.param(_no_pins, "No pins for Airflow '1.10': choose one of 2.7 (2.7.3), ", id="no-pins"),
        pytest.param(
            _with_plugin(NO_AIRFLOW), "Apache Airflow is not installed here: run `pip install", id="no-airflow"
        ),
        pytest.param(
            _with_plugin(AIRFLOW_OLD), "Airflow 2.6.3 is installed here, but only 2.7 to 3.3 are", id="old-airflow"
        ),
        pytest.param(_with_plugin(AIRFLOW_EARLY), "Airflow was imported too early", id="early-airflow"),
    ],
)
def test_bad_input_is_one_sentence(
    run: Callable[[Path], subprocess.CompletedProcess[str]], sentence: str, tmp_path: Path
) -> None:
    """Bad input is one sentence on stderr and exit 2, and leaves neither a report nor a part of one."""
    done = run(tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.startswith("airflow-conformance: ")
    assert done.stderr.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} <= {"dags", "first.py", "__pycache__"}
