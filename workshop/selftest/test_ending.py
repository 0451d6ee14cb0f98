"""What code that ends the process cannot do: have a run exit 0 without its report, or with an older one."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.environments.proof import proved
from conformance.errors import UserError
from conformance.report.record import Outcome, read
from conformance.report.verdict import Verdict
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD
from workshop.selftest.samples import FAILED, PASSED, report

pytestmark = [pytest.mark.at_both_ends, pytest.mark.timeout(300), pytest.mark.xdist_group("ending")]

DAG = (
    HEAD
    + """
import ctypes, os
with DAG("{name}", start_date=datetime(2024, 1, 1), schedule=None):
    @task(retries=1)
    def export():
        {does}
    export()
"""
)
GOOD = DAG.format(name="good", does="return 1")
AGAIN = """
from pathlib import Path
seen = Path(__file__).with_suffix(".seen")
if seen.exists():
    os._exit(0)
seen.touch()
"""
BY_PYTHON = {
    "good.py": GOOD,
    "exits.py": DAG.format(name="exits", does="os._exit(0)"),
    "insists.py": DAG.format(name="insists", does="try: os._exit(0)\n        except BaseException: pass"),
    "becomes.py": DAG.format(name="becomes", does='os.execlp("true", "true")'),
    "forks.py": DAG.format(name="forks", does="os.waitpid(os.fork() or os._exit(0), 0)"),
    "again.py": DAG.format(name="again", does="return 1") + AGAIN,
}
BY_C = {"good.py": GOOD, "exits.py": DAG.format(name="exits", does="ctypes.CDLL(None)._exit(0)")}
OPTIONS = ("dags", "--execute", "--case", "OWN-001", "--report", "r.jsonl")


def room(path: Path, files: dict[str, str]) -> Path:
    """A place with DAGs and an older report, which says that all is well."""
    processes.write_files(path / "dags", files)
    report(path, PASSED)
    next(path.glob("*.jsonl")).rename(path / "r.jsonl")
    return path


def test_a_task_or_a_file_that_ends_its_process_is_an_error(tmp_path: Path) -> None:
    """What `os` has to end a process ends a case, as an error that names the place; a process of its own may end."""
    done = processes.verify(*OPTIONS, cwd=room(tmp_path, BY_PYTHON))

    found = {record.subject: (record.outcome, record.message) for record in read(tmp_path / "r.jsonl").records}
    assert done.returncode == 2
    assert {dag for dag, (outcome, _) in found.items() if outcome is Outcome.passed} == {"good", "forks"}
    assert {dag: message.partition(" would")[0] for dag, (outcome, message) in found.items() if message} == {
        "exits": "os._exit(0) in dags/exits.py:14",
        "insists": "os._exit(0) in dags/insists.py:14",
        "becomes": "os.execv() in dags/becomes.py:14",
        "again": "os._exit(0) in dags/again.py:20",
    }


@pytest.mark.parametrize("by", ["command", "pytest"])
def test_a_process_that_ends_unseen_is_an_error(by: str, tmp_path: Path) -> None:
    """Where a C library ends the process of a file, its case is an error, and the others are judged all the same."""
    where = room(tmp_path, BY_C)
    if by == "command":
        done = processes.verify(*OPTIONS, cwd=where)
    else:
        done = processes.pytest("--pyargs", "conformance.patterns", "--dags", *OPTIONS, cwd=where)

    found = read(where / "r.jsonl")
    assert done.returncode == 2
    assert found.footer.complete
    assert {record.subject: record.outcome for record in found.records} == {
        "exits": Outcome.error,
        "good": Outcome.passed,
    }
    assert "the process that simulates it exited with code 0" in found.records[0].message


def test_a_worker_that_ends_unseen_is_exit_2(tmp_path: Path) -> None:
    """Where a worker of xdist ends, the others are reported, the report is no whole one, and the case is named."""
    words = ("--pyargs", "conformance.patterns", "--dags", *OPTIONS, "-n", "1")

    done = processes.pytest(*words, cwd=room(tmp_path, BY_C))

    found = read(tmp_path / "r.jsonl")
    assert done.returncode == 2
    assert (found.footer.verdict, found.footer.complete) == (Verdict.partial, False)
    assert [(record.subject, record.outcome) for record in found.records] == [("good", Outcome.passed)]
    assert "test_succeeds[exits] ended the process that ran it" in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("code", "record", "seen"),
    [(0, PASSED, 0), (1, PASSED, 1), (0, FAILED, 1), (2, None, 2), (130, None, 130), (143, None, 143)],
)
def test_an_exit_code_is_worth_what_the_report_says(code: int, record: object, seen: int, tmp_path: Path) -> None:
    """An exit code 0 beside a report that says otherwise, as of code that runs at exit, is not believed."""
    path = tmp_path / "none.jsonl"
    if record:
        report(tmp_path, record)  # type: ignore[arg-type]
        path = next(tmp_path.glob("*.jsonl"))

    assert proved(code, path) == seen


@pytest.mark.parametrize(
    ("code", "how"), [(0, "exit code 0"), (1, "exit code 1"), (139, "SIGSEGV"), (3, "exit code 3")]
)
def test_a_child_without_a_report_proves_nothing(code: int, how: str, tmp_path: Path) -> None:
    """Whatever the exit code of a child without a report, a sentence says how it ended."""
    with pytest.raises(UserError, match=rf"The run ended \({how}\) before"):
        proved(code, tmp_path / "none.jsonl")
