"""The packages of a repository's own are found beside and above its DAGs, as its owner has them; nothing else is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.folder.import_roots import ImportRoots, look_there, told
from conformance.report.record import read
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD
from workshop.selftest.processes import write_files

DAG = HEAD + 'with DAG("{name}", start_date=datetime(2024, 1, 1), schedule=None):\n    {body}()\n'
MODULES = {
    "acme/__init__.py": "",
    "acme/sql.py": "from dags.tasks import load\n",
    "dags/tasks.py": "from airflow.decorators import task\n\n@task\ndef load(): ...\n",
    "dags/orders.py": "from acme.sql import load\n" + DAG.format(name="orders", body="load"),
    "dags/shop/names.py": "",
    "dags/prices.py": "import shop.names\nfrom dags.tasks import load\n" + DAG.format(name="prices", body="load"),
    "plugins/shop_operators/load.py": "from dags.tasks import load as load_by_plugin\n",
    "dags/stock.py": "from shop_operators.load import load_by_plugin\n"
    + DAG.format(name="stock", body="load_by_plugin"),
}

Import = Callable[..., ImportRoots]


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Import]:
    """`imported("import x")`: what is found while `dags/a.py` of a repository, or the file `by`, runs that."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def run(text: str, *pythonpath: Path, by: str = "dags/a.py") -> ImportRoots:
        roots = look_there(tmp_path / "dags", pythonpath)
        exec(compile(text, str(tmp_path / by), "exec"), {})
        return roots

    (tmp_path / "dags").mkdir()
    yield run
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("files", "text", "place"),
    [
        pytest.param(("dags/own/__init__.py",), "import dags.own", "", id="the-folder-itself"),
        pytest.param(("own.py",), "import own", "", id="module-above"),
        pytest.param(("own/__init__.py", "own/deep.py"), "from own import deep", "", id="package-above"),
        pytest.param(("plugins/own/deep.py",), "import own.deep", "plugins", id="beside-without-init"),
        pytest.param(("src/own/__init__.py",), "import own", "src", id="src"),
        pytest.param(("lib/own.py", "plugins/own.py"), "import own", "plugins", id="plugins-first"),
        pytest.param(("plugins/__init__.py", "plugins/own.py"), "import own", "plugins", id="plugins-as-a-package"),
        pytest.param(("own/notes.txt", "lib/own.py"), "import own", "lib", id="no-python-in-it"),
        pytest.param(("own/deep.py", "lib/own.py"), "import own", "lib", id="module-before-bare-folder"),
        pytest.param(("own.py",), "import importlib; importlib.import_module('own')", "", id="import-module"),
    ],
)
def test_it_is_found(files: tuple[str, ...], text: str, place: str, tmp_path: Path, imported: Import) -> None:
    """A package, a module or a folder with Python files is found beside or above the DAGs."""
    write_files(tmp_path, dict.fromkeys(files, ""))

    assert set(imported(text).found.values()) == {tmp_path / place}


@pytest.mark.parametrize(
    ("files", "by"),
    [
        pytest.param(("env/pyvenv.cfg", "env/own.py"), "dags/a.py", id="environment"),
        pytest.param((".hidden/own.py",), "dags/a.py", id="hidden"),
        pytest.param(("own/notes.txt",), "dags/a.py", id="folder-without-python"),
        pytest.param(("lib/deep/own.py",), "dags/a.py", id="deeper"),
        pytest.param(("acme/__init__.py", "acme/own.py"), "dags/a.py", id="inside-a-package"),
        pytest.param(("own.py",), "env/lib/python3.11/site-packages/lib.py", id="asked-by-a-library"),
        pytest.param(("own.py",), "/elsewhere.py", id="asked-from-elsewhere"),
    ],
)
def test_nothing_else_is_found(files: tuple[str, ...], by: str, tmp_path: Path, imported: Import) -> None:
    """What belongs to an environment, or is asked for by a library, is as missing as it was."""
    write_files(tmp_path, dict.fromkeys(files, ""))

    with pytest.raises(ModuleNotFoundError, match="No module named 'own'"):
        imported("import own", by=by)


def test_it_is_looked_for_up_to_the_root_of_the_repository(tmp_path: Path, imported: Import) -> None:
    """Above the folder that holds `.git` nothing is looked for; without one, above the DAGs' parent."""
    write_files(tmp_path, {"own.py": "", "team/airflow/dags/a.py": "", "team/.git/HEAD": ""})
    found = look_there(tmp_path / "team/airflow/dags")
    assert found.find_spec("own", None) is None

    (tmp_path / "team/.git").rename(tmp_path / ".git")
    found = look_there(tmp_path / "team/airflow/dags")
    exec(compile("import own", str(tmp_path / "team/airflow/dags/a.py"), "exec"), {})
    assert found.found == {"own": tmp_path}


def test_what_is_installed_comes_first(tmp_path: Path, imported: Import) -> None:
    """A folder beside the DAGs does not shadow a package that is installed."""
    write_files(tmp_path, {"packaging/__init__.py": "raise RuntimeError", "json.py": "raise RuntimeError"})

    assert imported("import packaging, json").found == {}


def test_it_can_be_said_where(tmp_path: Path, imported: Import) -> None:
    """With `--pythonpath` only what was named is looked into."""
    write_files(tmp_path, {"lib/deep/own.py": "", "plugins/own.py": "", "other.py": ""})

    assert imported("import own", tmp_path / "lib/deep").found == {"own": tmp_path / "lib/deep"}
    with pytest.raises(ModuleNotFoundError):
        imported("import other", tmp_path / "lib/deep")


def test_it_is_told_in_a_sentence_for_each_place() -> None:
    """Each sentence says where, how many files, and what they import."""
    assert told({("dags", ".."): 3, ("acme", ".."): 1, ("load", "../plugins"): 2}) == [
        "Imports from the folder's parent, because 1 file imports `acme` and 3 files import `dags`.",
        "Imports from ../plugins, because 2 files import `load`.",
    ]


@pytest.mark.at_both_ends
@pytest.mark.parametrize("processes_", [(), ("-n", "2")], ids=["one", "two"])
def test_a_repository_is_verified_as_it_was_cloned(processes_: tuple[str, ...], tmp_path: Path) -> None:
    """Its own packages are imported, which is said, its DAGs are rehearsed, and nothing is left in it."""
    write_files(tmp_path, MODULES)
    before = sorted(tmp_path.rglob("*"))

    done = processes.verify("dags", "--case", "ANY-001", "--case", "ANY-002", *processes_, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[:2] == [
        "Imports from the folder's parent, because 1 file imports `acme` and 3 files import `dags`.",
        "Imports from ../plugins, because 1 file imports `shop_operators`.",
    ]
    records = read(tmp_path / "report.jsonl").records
    assert {record.subject for record in records if record.case == "ANY-002"} == {"orders", "prices", "stock"}
    assert sorted(set(tmp_path.rglob("*")) - set(before)) == [tmp_path / "report.jsonl"]


@pytest.mark.at_both_ends
def test_what_fails_is_reproduced_with_the_same_path(tmp_path: Path) -> None:
    """A place that was named is named again in the line that reproduces a failure, and `discover` takes it, too."""
    own = "from airflow.decorators import task\n\n@task(trigger_rule='all_done')\ndef hide(): ...\n"
    dag = HEAD + "from own import hide\n@task\ndef load(): ...\n" + DAG.format(name="a", body="load() >> hide")
    write_files(tmp_path, {"lib/deep/own.py": own, "dags/a.py": dag})

    done = processes.verify("dags", "--case", "ANY-003", "--pythonpath", "lib/deep", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    reproduce = {record.reproduce for record in read(tmp_path / "report.jsonl").records if record.reproduce}
    assert reproduce == {"airflow-conformance verify dags --case ANY-003 --dag a --pythonpath lib/deep"}

    done = processes.command("discover", "dags", "--pythonpath", "lib/deep", "--output", "-", cwd=tmp_path)
    assert (done.returncode, "left out" in done.stderr) == (0, False)


@pytest.mark.parametrize("command", ["verify", "discover", "upgrade"])
def test_a_place_that_is_not_there_is_one_sentence(command: str, tmp_path: Path) -> None:
    """A misspelt `--pythonpath` is named, and exit 2."""
    write_files(tmp_path, {"dags/a.py": ""})
    versions = ("--from", "2.11", "--to", "3.3") if command == "upgrade" else ()

    done = processes.command(command, "dags", *versions, "--pythonpath", "lbi", cwd=tmp_path)

    sentence = "There is no folder lbi: name one that holds packages with --pythonpath.\n"
    assert (done.returncode, done.stderr) == (2, f"airflow-conformance: {sentence}")
