"""What only a plugin of the user's makes known to Airflow: not run, with the reason, for no plugin is loaded yet."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

from conformance.catalogue import catalogue
from conformance.claims.reader import Claims
from conformance.folder.probe import probe
from conformance.folder.survey import DagFile, Folder
from conformance.pytest_plugin.case_simulator import simulator
from conformance.pytest_plugin.subjects import UnderTest
from conformance.roles.whole_dag import AnyDag
from workshop.selftest.hostile import HEAD
from workshop.selftest.processes import write_files

TIMETABLE = """
from airflow.timetables.base import DataInterval, Timetable

class NeverByItself(Timetable):
    def infer_manual_data_interval(self, *, run_after):
        return DataInterval(start=run_after, end=run_after)

    def next_dagrun_info(self, *, last_automated_data_interval, restriction):
        return None
"""
STRATEGY = """
from airflow.task.priority_strategy import PriorityWeightStrategy

class Heavy(PriorityWeightStrategy):
    def get_weight(self, ti):
        return 9
"""
DAG = """
with DAG("{name}", start_date=datetime(2024, 1, 1), schedule={schedule}):
    @task(weight_rule={rule})
    def load(): ...
    load()
"""
IMPORTED = "from of_a_plugin import NeverByItself\n"
FILES = {
    "of_a_plugin.py": TIMETABLE,
    "of_another_plugin.py": STRATEGY,
    "timed.py": HEAD + IMPORTED + DAG.format(name="timed", schedule="NeverByItself()", rule='"downstream"'),
    "weighed.py": HEAD
    + "from of_another_plugin import Heavy\n"
    + DAG.format(name="weighed", schedule="None", rule="Heavy()"),
    "its_own.py": HEAD + TIMETABLE + DAG.format(name="its_own", schedule="NeverByItself()", rule='"downstream"'),
}
CASES = {entry.case.id: entry.function for entry in catalogue()}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: None) -> Path:
    """A folder whose DAGs use what their folder defines, and no plugin registers."""
    folder = write_files(tmp_path / "dags", FILES)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


def came_of(file: Path) -> str:
    """What became of a DAG file that is imported and its DAG: "failed", or why it is not run."""
    found = probe(file, folder=file.parent)
    subject = DagFile(file.name, found.dags, found.problem)
    try:
        CASES["ANY-001"](dag_file=subject)
        tested = UnderTest(Folder(file.parent, (subject,)), Claims())
        CASES["ANY-002"](any_dag=AnyDag(dag=file.stem), simulate=simulator(tested))
    except (AssertionError, pytest.fail.Exception):
        return "failed"
    except pytest.skip.Exception as reason:
        return str(reason)
    return "passed"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("timed.py", "of_a_plugin.NeverByItself"),
        pytest.param(
            *("weighed.py", "of_another_plugin.Heavy"),
            marks=pytest.mark.skipif(Version(metadata.version("apache-airflow")) < Version("2.9"), reason="has none"),
        ),
    ],
)
def test_what_a_plugin_registers_is_not_run(file: str, name: str, folder: Path) -> None:
    """A timetable and a weight strategy that are a plugin's say nothing against a DAG, and the reason names them."""
    told = came_of(folder / file)

    assert told.startswith(f"Airflow knows '{name}' only by a plugin, and plugins are not loaded yet"), told


def test_what_a_dag_file_defines_itself_is_a_failure(folder: Path) -> None:
    """No plugin can register a timetable that a DAG file defines: Airflow will refuse to store that DAG everywhere."""
    assert came_of(folder / "its_own.py") == "failed"
