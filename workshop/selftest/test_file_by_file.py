"""DAG files one after the other: each is read as Python reads it, and none changes what becomes of the next."""

from __future__ import annotations

import os
import sys
from codecs import BOM_UTF8
from pathlib import Path

import pytest

from conformance.claims.reader import Claims, read
from conformance.folder.probe import probe
from conformance.folder.survey import DagFile, Folder
from conformance.paths import told
from conformance.pytest_plugin.subjects import UnderTest
from conformance.sandbox import given_values
from conformance.simulator import simulate
from workshop.selftest.hostile import HEAD, dag
from workshop.selftest.processes import write_files

HELPED = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path(__file__).parent))
from helpers_of_the_team import BUCKET
with DAG("{name}", start_date=datetime(2024, 1, 1), schedule=None):
    @task(task_id=BUCKET)
    def load(): ...
    load()
"""


def under_test(folder: Path, *paths: str) -> UnderTest:
    """Some files of a folder, each parsed in a process apart."""
    found = [(path, probe(folder / path, folder=folder)) for path in paths]
    return UnderTest(Folder(folder, tuple(DagFile(path, seen.dags, seen.problem) for path, seen in found)), Claims())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(BOM_UTF8 + dag("marked").encode(), 10, id="byte-order-mark"),
        pytest.param(
            b"# coding: latin-1\n" + dag("marked").encode() + "# \u00e9\n".encode("latin-1"), 11, id="latin-1"
        ),
    ],
)
def test_a_file_is_read_as_python_reads_it(text: bytes, line: int, tmp_path: Path, sandbox: None) -> None:
    """A byte order mark, or an encoding that a file names, is no mistake, and moves no line."""
    (tmp_path / "marked.py").write_bytes(text)

    seen = probe(tmp_path / "marked.py")

    assert seen.problem is None
    assert [(found.dag_id, found.line) for found in seen.dags] == [("marked", line)]


def test_what_is_said_in_files_may_have_a_byte_order_mark(tmp_path: Path) -> None:
    """Claims, Variables and Connections from an editor that writes one are read like others."""
    claim = b'[[claim]]\npattern = "single-task"\ndag = "a"\ntask = "load"\n'
    for name, text in (("claims.toml", claim), ("v.json", b'{"a": "spoken"}'), ("c.env", b"warehouse=x://y\n")):
        (tmp_path / name).write_bytes(BOM_UTF8 + text)

    found = given_values.read(tmp_path / "v.json", tmp_path / "c.env")

    assert [each.dag for each in read(tmp_path / "claims.toml").claims] == ["a"]
    assert found.environment == {"AIRFLOW_VAR_A": "spoken", "AIRFLOW_CONN_WAREHOUSE": "x://y"}


@pytest.mark.xfail(
    raises=AssertionError,
    strict=True,
    reason="the issue about a process per file: DAG files are parsed in one, and Python keeps a module under its name",
)
def test_two_helpers_of_one_name_are_two(tmp_path: Path, sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders with a module of one name each: a DAG gets what is in that beside its own file."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    write_files(tmp_path / "dags", {})
    for team in ("north", "south"):
        helpers = f'BUCKET = "bucket_of_{team}"\n'
        write_files(
            tmp_path / "dags" / team, {f"{team}.py": HEAD + HELPED.format(name=team), "helpers_of_the_team.py": helpers}
        )
    tested = under_test(tmp_path / "dags", "north/north.py", "south/south.py")
    try:
        parsed = {team: [*tested.dag(team).task_dict] for team in ("north", "south")}
    finally:
        sys.modules.pop("helpers_of_the_team", None)

    assert {team: [task.task_id for task in found.tasks] for team, found in tested.folder.dags.items()} == parsed


GOES_AWAY = f"""
import os
os.chdir(os.environ["ELSEWHERE"])
{dag("goes_away")}
"""


def test_who_goes_to_another_folder_takes_nobody_along(
    tmp_path: Path, sandbox: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file, or a task, that changes the folder it is in leaves this process where it was, and paths what they are."""
    folder, elsewhere = write_files(tmp_path / "dags", {"goes_away.py": GOES_AWAY}), tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("ELSEWHERE", str(elsewhere))
    here = Path.cwd()

    simulate(under_test(folder, "goes_away.py").dag("goes_away"), execute=True)

    assert Path.cwd() == here
    monkeypatch.chdir(elsewhere)
    assert told(here / "a dags folder") == told(Path("a dags folder")) == "'a dags folder'"
    assert told(elsewhere / "x") == "x"
    os.chdir(here)
