"""Surveying a folder in which nearly every file does harm when it is imported."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import UserError
from conformance.folder import survey as claims_folder
from conformance.folder.schedule import Schedule
from conformance.folder.summary import DagSummary, Probe, Problem, TaskSummary
from conformance.folder.survey import DagFile, Folder, survey
from workshop.selftest.processes import SURVEY, is_alive, python, write_files

# One survey is for all tests here.
pytestmark = [pytest.mark.at_both_ends, pytest.mark.xdist_group("survey")]

GOOD = """
from airflow import DAG
from datetime import datetime

with DAG("{dag_id}", start_date=datetime(2024, 1, 1), schedule=None):
    pass
"""

# After `# airflow dag` Airflow takes the file for a DAG file; each says on which line it does its harm.
HOSTILE = {
    "a_good.py": GOOD.format(dag_id="a_good"),
    "closes_pipes.py": "# airflow dag\nimport os\nos.closerange(3, 256)\n",
    "connects.py": '# airflow dag\nimport socket\nsocket.create_connection(("192.0.2.1", 80))\n',
    "exits.py": "# airflow dag\nimport os\nos._exit(3)\n",
    "exits_politely.py": "# airflow dag\nimport sys\nsys.exit(4)\n",
    "kills_itself.py": "# airflow dag\nimport os\nos.kill(os.getpid(), 9)\n",
    "lacks_module.py": "# airflow dag\n\nimport no_such_module\n",
    "leaves_daemon.py": GOOD.format(dag_id="leaves_daemon")
    + """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(os.environ["DAEMON_PID"], "w").write(str(os.getpid()))
        import signal
        signal.pause()
    os._exit(0)
os.wait()
while not os.path.exists(os.environ["DAEMON_PID"]) or not open(os.environ["DAEMON_PID"]).read():
    pass
""",
    "leaves_fork.py": GOOD.format(dag_id="leaves_fork")
    + """
import os
pid = os.fork()
if pid == 0:
    import signal
    signal.pause()
open(os.environ["FORK_PID"], "w").write(str(pid))
""",
    "looks_up.py": '# airflow dag\nimport socket\n\nsocket.getaddrinfo("example.com", 443)\n',
    "shouts.py": GOOD.format(dag_id="shouts") + "print('x' * 5_000_000)\n",
    "sleeps.py": "# airflow dag\nimport time\n\n\n\n\ntime.sleep(1e6)\n",
    "swallows.py": f"""{GOOD.format(dag_id="swallows")}
import socket
try:
    socket.create_connection(("192.0.2.1", 80))
except OSError:
    pass
""",
    "swallows_and_exits.py": """# airflow dag
import socket, sys
try:
    socket.create_connection(("192.0.2.1", 80))
except OSError:
    found = None
if not found:
    sys.exit(1)
""",
    "wrong_syntax.py": "# airflow dag\ndef f(:\n    pass\n",
    "z_good.py": GOOD.format(dag_id="z_good"),
}


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one survey each of a hostile folder, one without a DAG and one with an id used twice gave; and its room."""
    room = tmp_path_factory.mktemp("survey")
    hostile = write_files(room / "dags", HOSTILE)
    write_files(room / "elsewhere", {"linked.py": GOOD.format(dag_id="linked")})
    (hostile / "linked.py").symlink_to(room / "elsewhere" / "linked.py")
    no_dag = write_files(room / "no_dag", {"helper.py": "X = 1\n"})
    twice = write_files(room / "twice", {name: GOOD.format(dag_id="same") for name in ("a.py", "b.py")})
    run = python(
        SURVEY, room / "home", hostile, no_dag, twice, DAEMON_PID=room / "daemon.pid", FORK_PID=room / "fork.pid"
    )
    assert run.returncode == 0, run.stderr

    answers = json.loads(run.stdout.splitlines()[-1])
    files = {file["path"]: file for file in answers[str(hostile)]}
    return {"room": room, "files": files, "no_dag": answers[str(no_dag)], "twice": answers[str(twice)]}


@pytest.mark.parametrize(
    ("file", "kind", "message"),
    [
        ("connects.py", "network", "192.0.2.1:80 (dags/connects.py:3)"),
        ("looks_up.py", "network", "example.com:443 (dags/looks_up.py:4)"),
        ("sleeps.py", "timeout", "did not finish importing within 3 s (dags/sleeps.py:7)"),
        ("exits.py", "exited", "the process exited with code 3 while importing (dags/exits.py)"),
        ("exits_politely.py", "exited", "4"),
        ("kills_itself.py", "killed", "the process was ended by SIGKILL while importing (dags/kills_itself.py)"),
        ("closes_pipes.py", "exited", "the process exited with code 1 while importing (dags/closes_pipes.py)"),
        (
            "swallows_and_exits.py",
            "exited",
            "reaches for 192.0.2.1:80, which is refused (dags/swallows_and_exits.py:4), and then: ",
        ),
        ("wrong_syntax.py", "import-error", "SyntaxError: invalid syntax (dags/wrong_syntax.py:2)"),
        (
            "lacks_module.py",
            "import-error",
            "ModuleNotFoundError: No module named 'no_such_module' (dags/lacks_module.py:3)",
        ),
    ],
)
def test_harm_becomes_one_clear_line(surveyed: dict[str, Any], file: str, kind: str, message: str) -> None:
    """A DAG file that does harm at import becomes one line that says what it did and where."""
    error = surveyed["files"][file]["error"]

    assert error["kind"] == kind, error
    assert message in error["message"]
    assert "\n" not in error["message"]


@pytest.mark.parametrize(
    "file", ["a_good.py", "leaves_daemon.py", "leaves_fork.py", "linked.py", "shouts.py", "swallows.py", "z_good.py"]
)
def test_good_files_survive_bad_neighbours(surveyed: dict[str, Any], file: str) -> None:
    """A DAG file is surveyed whatever the files before and after it do, and however much it prints."""
    found = surveyed["files"][file]

    assert found["error"] is None
    assert [dag["dag_id"] for dag in found["dags"]] == [file.removesuffix(".py")]


def test_a_refusal_that_is_swallowed_is_told(surveyed: dict[str, Any]) -> None:
    """A DAG file that goes on without the machine it asked is said to have asked it, and in which line."""
    found = surveyed["files"]["swallows.py"]

    (told,) = found["asked"]
    assert found["error"] is None
    assert re.fullmatch(r"reaches for 192\.0\.2\.1:80, which is refused \(dags/swallows\.py:\d+\)", told)


@pytest.mark.parametrize(
    "name",
    [
        "fork.pid",
        pytest.param(
            "daemon.pid",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process inherit its orphans"),
        ),
    ],
)
def test_no_process_lives_on(surveyed: dict[str, Any], name: str) -> None:
    """A process that a DAG file starts at import is gone after the survey, even when it made itself a daemon."""
    assert not is_alive(int((surveyed["room"] / name).read_text()))


def test_the_home_is_gone_after_the_survey(surveyed: dict[str, Any]) -> None:
    """A finished run leaves nothing in the folder it was given for its home."""
    assert list((surveyed["room"] / "home").iterdir()) == []


def test_a_folder_without_a_dag_is_one_sentence(surveyed: dict[str, Any]) -> None:
    """A folder in which no file holds a DAG is reported in one sentence that says so."""
    assert "defines a DAG" in surveyed["no_dag"]


def test_of_an_id_used_twice_the_last_keeps_it(surveyed: dict[str, Any]) -> None:
    """Two DAGs with one id are told apart: the first goes by its file, too, and says where the other is."""
    first, last = surveyed["twice"]

    assert ([dag["dag_id"] for dag in first["dags"]], first["shares"]) == (
        ["same (a.py)"],
        ["'same' is defined in b.py, too"],
    )
    assert ([dag["dag_id"] for dag in last["dags"]], last["shares"]) == (["same"], [])


def test_a_missing_or_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    """A folder that does not exist, is a file, or is empty is told apart before Airflow is even imported."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.py").touch()

    for name, sentence in (("missing", "There is no folder"), ("file.py", "is a file"), ("empty", "is empty")):
        with pytest.raises(UserError, match=sentence):
            survey(tmp_path / name)


def test_a_survey_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process of a run reads what the first one found instead of parsing again."""
    (tmp_path / "a.py").touch()
    task = TaskSummary("t", upstream=("u",), line=3)
    schedule = Schedule("CronTriggerTimetable", "@daily", False, 16, (("due", "start", "end"),))
    found = Folder(
        tmp_path,
        (
            DagFile("a.py", (DagSummary("a", "a.py", 1, (task,), schedule=schedule),), None, warned=("is deprecated",)),
            DagFile("b.py", (), Problem("killed", "b.py was killed")),
        ),
    )
    surveys = iter([found])  # a second survey would find it empty
    monkeypatch.setattr(claims_folder, "_survey", lambda *_: next(surveys))

    first, second = (survey(tmp_path, shared=tmp_path / "survey.json") for _ in range(2))

    assert first == second == found


def test_each_file_is_told_when_it_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a survey hears of each file how many were read, and how many there are."""
    paths = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    paths[0].touch()
    monkeypatch.setattr(claims_folder, "warm_up", lambda: None)
    monkeypatch.setattr(claims_folder, "dag_files", lambda _folder: paths)
    monkeypatch.setattr(claims_folder, "left_out", lambda _folder: [])
    monkeypatch.setattr(claims_folder, "probe", lambda *_: Probe(problem=Problem("killed", "it was killed")))
    told: list[tuple[int, int]] = []

    survey(tmp_path, tell=lambda *numbers: told.append(numbers))

    assert told == [(1, 3), (2, 3), (3, 3)]
