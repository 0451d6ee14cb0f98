"""The user's plugins are loaded; what only one that is not there makes known to Airflow is not run, with the reason."""

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
from conformance.report.record import Outcome, read
from conformance.roles.whole_dag import AnyDag
from workshop.selftest import processes
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

    assert told.startswith(f"Airflow knows '{name}' only by a plugin, and none registers it"), told


def test_what_a_dag_file_defines_itself_is_a_failure(folder: Path) -> None:
    """No plugin can register a timetable that a DAG file defines: Airflow will refuse to store that DAG everywhere."""
    assert came_of(folder / "its_own.py") == "failed"


# --- plugins that are there ---

PLUGIN = """
import a_package_that_nobody_installed
from airflow.plugins_manager import AirflowPlugin
from of_a_plugin import NeverByItself

def shout(text):
    return text.upper()

class Listener:
    pass

class Shop(AirflowPlugin):
    name = "shop"
    timetables = [NeverByItself]
    macros = [shout]
"""
WEIGHS = """
from airflow.plugins_manager import AirflowPlugin
from of_another_plugin import Heavy

class Scales(AirflowPlugin):
    name = "scales"
    priority_weight_strategies = [Heavy]
"""
LISTENS = """
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from pathlib import Path
import sys

@hookimpl
def on_task_instance_success():
    Path(__file__).with_name("heard").touch()

class Ear(AirflowPlugin):
    name = "ear"
    listeners = [sys.modules[__name__]]
"""
SHOUTS = (
    HEAD
    + """
from airflow.operators.bash import BashOperator
with DAG("shouts", start_date=datetime(2024, 1, 1), schedule=None):
    BashOperator(task_id="load", retries=1, bash_command="echo {{ macros.shop.shout('a') }}")
"""
)
SINCE_29 = Version(metadata.version("apache-airflow")) >= Version("2.9")


@pytest.mark.parametrize(
    "where",
    ["plugins", *(pytest.param(where, marks=pytest.mark.at_both_ends) for where in ("dags/plugins", "elsewhere"))],
)
def test_plugins_are_loaded(where: str, tmp_path: Path) -> None:
    """
    Plugins beside the DAGs, in their folder or in a named folder are loaded: timetables, weights and macros, also those
    of one that needs a package that is missing. One that fails is one finding. Their listeners hear nothing.
    """
    plugins = {"shop.py": PLUGIN, "ear.py": LISTENS, "broken.py": "1 / 0", "of_a_plugin.py": TIMETABLE}
    plugins |= {"scales.py": WEIGHS, "of_another_plugin.py": STRATEGY} if SINCE_29 else {}
    dags = {
        "shouts.py": SHOUTS,
        "timed.py": FILES["timed.py"],
        **({"weighed.py": FILES["weighed.py"]} if SINCE_29 else {}),
    }
    (tmp_path / where).mkdir(parents=True)
    write_files(tmp_path / where, plugins)
    write_files(tmp_path / "dags", dags)
    named = ("--plugins", "elsewhere") if where == "elsewhere" else ()

    processes.verify("dags", *named, "--case", "ANY-001", "--case", "ANY-002", cwd=tmp_path)

    found = {(r.case, r.subject): r for r in read(tmp_path / "report.jsonl").records}
    runs = {subject: r.outcome.value for (case, subject), r in found.items() if case == "ANY-002"}
    assert runs == {Path(file).stem: "passed" for file in dags}
    broken = {r.where: r.message for r in found.values() if r.outcome is Outcome.failed}
    assert broken.keys() == {f"{where}/broken.py"}
    assert broken[f"{where}/broken.py"].startswith(
        ("this plugin cannot be loaded: division by zero", "ZeroDivisionError")
    )
    assert not (tmp_path / where / "heard").exists()


def test_a_folder_of_plugins_has_to_be_there(tmp_path: Path) -> None:
    """`--plugins` with a folder that is not there is one sentence."""
    write_files(tmp_path / "dags", {"shouts.py": SHOUTS})

    done = processes.verify("dags", "--plugins", "nowhere", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (
        2,
        "airflow-conformance: There is no folder nowhere: name one that holds plugins with --plugins.\n",
    )
