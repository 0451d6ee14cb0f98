"""The command says what is wrong in one sentence, exits with the right code, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance import cli
from conformance.environments import build, providers
from conformance.environments.child import run_child, run_children
from conformance.errors import UserError
from conformance.paths import PACKAGE
from conformance.versions import find
from workshop.selftest import processes
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_both_ends

# Waits for ever; told to stop, it says so in the file named by its argument, and ends.
WAITS = """
import signal, sys
try:
    print("waiting", flush=True)
    while True: signal.pause()
except KeyboardInterrupt:
    open(sys.argv[1], "a").write("stopped ")
    sys.exit(2)
"""
RUNS_IT = f"""
import os, sys
from conformance.environments import build, providers
from conformance.environments.child import run_child
sys.exit(run_child([sys.executable, "-c", {WAITS!r}, sys.argv[1]], os.environ))
"""


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `airflow-conformance` with these arguments and variables."""
    return subprocess.run(
        [sys.executable, "-m", "conformance.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(
            lambda path: None, "There is no folder {path}: name the folder that holds your DAG files.", id="absent"
        ),
        pytest.param(lambda path: path.touch(), "{path} is a file: name the folder that holds it.", id="file"),
        pytest.param(
            lambda path: path.mkdir(), "{path} is empty: name the folder that holds your DAG files.", id="empty"
        ),
        pytest.param(
            lambda path: (path / "deep").mkdir(parents=True),
            "{path} holds no .py file, at any depth: name the folder that holds your DAG files.",
            id="no-python",
        ),
    ],
)
def test_a_folder_without_dags_is_one_sentence(make: Callable[[Path], None], sentence: str, tmp_path: Path) -> None:
    """A folder that is absent, a file, empty, or without a .py file is one sentence and exit 2."""
    folder = tmp_path / "dags"
    make(folder)

    done = command("verify", str(folder), "--airflow", "2.11", CONFORMANCE_PYTHON="never looked at")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"airflow-conformance: {sentence.format(path=folder)}\n"


def test_an_unknown_airflow_is_one_sentence() -> None:
    """An Airflow that has no pins is one sentence that lists those that have, and exit 2."""
    done = command("verify", "--airflow", "2.6")

    assert done.returncode == 2
    assert done.stderr.startswith("airflow-conformance: No pins for Airflow '2.6': choose one of 2.7 (2.7.3), ")
    assert done.stderr.count("\n") == 1


def test_an_unsupported_python_is_one_sentence(tmp_path: Path) -> None:
    """A Python that the Airflow does not support is one sentence and exit 2."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho {python}\necho 3.13\n")
    python.chmod(0o755)

    done = command("verify", "--airflow", "2.11", CONFORMANCE_PYTHON=str(python))

    assert done.returncode == 2
    assert done.stderr == (
        f"airflow-conformance: {python} is Python 3.13, but Airflow 2.11.2 needs 3.10, 3.11, 3.12: name one of these.\n"
    )


def test_an_unknown_option_exits_2() -> None:
    """A misspelt option exits 2 and shows no stack trace."""
    done = command("verify", "--airfow", "2.11")

    assert done.returncode == 2
    assert "--airfow" in done.stderr
    assert "Traceback" not in done.stderr


def test_versions_lists_every_airflow() -> None:
    """The command `versions` lists each Airflow with the Pythons it can use."""
    done = command("versions", COLUMNS="120")

    assert done.returncode == 0
    (row,) = [line for line in done.stdout.splitlines() if "2.11.2" in line]
    assert "3.10, 3.11, 3.12" in row


def test_the_command_imports_neither_airflow_nor_pytest() -> None:
    """Importing the command imports neither Airflow nor pytest, so that help and bad input answer at once."""
    code = "import sys, conformance.cli; print({'airflow', 'pytest'} & set(sys.modules))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_verify_hands_its_choices_and_the_exit_code_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` runs the specification in the environment asked for, with the choices made, and exits as it did."""
    (tmp_path / "dag.py").touch()
    ran: list[str] = []

    def run(words: list[str], _environment: dict[str, str]) -> int:
        ran.extend(words)
        return 1

    monkeypatch.setattr(build, "ensure", lambda pin, requirements=None: Path(f"/{pin.version}/python"))
    monkeypatch.setattr(cli, "run_child", run)
    words = ["verify", str(tmp_path), "--airflow", "2.11", "--case", "A", "--case", "B", "--dag", "D", "-n", "2"]
    words += ["--variables", "v", "--connections", "c", "--advice-fails", "--baseline"]

    result = CliRunner().invoke(cli.app, words)

    assert result.exit_code == 1
    assert ran[0] == f"/{find('2.11').version}/python"
    assert ran[3:5] == ["--pyargs", "conformance.patterns"]
    assert ran[ran.index("--dags") :] == [
        *("--dags", str(tmp_path), "--import-timeout", "30.0", "--case-timeout", "120.0", "--report", "report.jsonl"),
        *("--case", "A", "--case", "B", "--dag", "D"),
        *("--variables", "v", "--connections", "c", "--advice-fails", "--baseline", "--processes", "2"),
    ]


def test_children_run_side_by_side_and_say_it_in_files(tmp_path: Path) -> None:
    """Of several children each has its own exit code, and a file that gets what it says."""
    code = "import sys; print('child', sys.argv[1]); sys.exit(int(sys.argv[1]))"
    files = [tmp_path / "one", tmp_path / "two"]

    codes = run_children([[sys.executable, "-c", code, number] for number in ("0", "3")], os.environ, files)

    assert codes == [0, 3]
    assert [file.read_text() for file in files] == ["child 0\n", "child 3\n"]


@pytest.mark.parametrize(("code", "seen"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_a_child_gives_its_exit_code(code: str, seen: int) -> None:
    """The exit code of a child is handed on, and one that was killed has failed."""
    assert run_child([sys.executable, "-c", code], os.environ) == seen


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_reaches_the_child_once_and_leaves_nothing(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """Ctrl-C or a kill reaches the child once, is waited for, and leaves no trace on the screen."""
    witness = tmp_path / "witness"
    with subprocess.Popen(
        [sys.executable, "-c", RUNS_IT, str(witness)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        parent.stdout.readline()
        parent.send_signal(number)
        _, errors = parent.communicate()

    # communicate() returned: nobody holds the other end of the pipes any more, so no child is left.
    assert (parent.returncode, errors) == (code, "")
    assert witness.read_text() == "stopped "


def test_a_misspelt_variable_of_make_is_refused() -> None:
    """`make verify DAG=…` names no folder: it says so, and does not verify the reference DAGs in its place."""
    done = subprocess.run(["make", "verify", "DAG=shop"], cwd=PACKAGE.parent, capture_output=True, text=True)

    assert done.returncode == 2
    assert "There is no DAG=…: give DAGS=" in done.stderr


def test_the_current_folder_is_not_imported_from(tmp_path: Path) -> None:
    """A file there with the name of one of Python's own modules is no part of a verification."""
    write_files(tmp_path / "here", {"sched.py": "1 / 0", "calendar.py": "1 / 0"})
    write_files(tmp_path / "here" / "dags", {"lacks.py": "import nothing_like_it  # a dag of airflow"})

    command = [str(Path(sys.executable).with_name("airflow-conformance")), "verify", "dags"]
    here, mine = tmp_path / "here", processes.environment()
    done = subprocess.run(command, cwd=here, env=mine, capture_output=True, text=True)

    assert done.returncode == 2, done.stderr
    assert "1 file: nothing_like_it is missing here, and stood in for" in done.stdout


def test_requirements_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    """What to install besides needs no --airflow, but a file; `discover` takes it, too."""
    write_files(tmp_path / "dags", {"one.py": "from airflow import DAG"})

    for words in ("verify", "dags"), ("discover", "dags", "--output", "-"):
        done = processes.command(*words, "--requirements", "r.txt", cwd=tmp_path)

        sentence = "There is no file r.txt: name your requirements, or leave --requirements out."
        assert (done.returncode, done.stderr) == (2, f"airflow-conformance: {sentence}\n")


def test_how_to_get_what_is_missing_is_told(tmp_path: Path) -> None:
    """After a run that lacked packages, the repository's requirements are named, and providers by their option."""
    lacks = "import nothing_like_it\nfrom airflow.providers.nothing.hooks import Hook  # a dag of airflow\n"
    write_files(tmp_path, {"dags/lacks.py": lacks, "requirements.txt": "polars\n"})

    done = processes.verify("dags", cwd=tmp_path)

    assert "`requirements.txt` beside the folder names packages: give it with --requirements requirements.txt.\n" in (
        done.stderr
    )
    assert "apache-airflow-providers-nothing is missing: --providers auto installs it.\n" in done.stderr


@pytest.mark.parametrize(
    "words", [("verify",), ("discover", "--output", "-"), ("upgrade", "--from", "2.10", "--to", "3.3")]
)
def test_providers_that_are_imported_are_asked_for(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command that reads DAGs installs their providers, if it is told to."""
    write_files(tmp_path, {"dag.py": "import airflow.providers.ssh"})
    asked: list[object] = []

    def ensure(_pin: object, imported: object, requirements: object) -> Path:
        asked.extend((imported, requirements))
        raise UserError("enough")

    monkeypatch.setattr(providers, "ensure", ensure)

    CliRunner().invoke(cli.app, [*words, str(tmp_path), "--providers", "auto"])

    assert asked == [["apache-airflow-providers-ssh"], None]
