"""Each DAG file is judged in a process of its own: what it does there it does alone, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from conformance.report.record import Outcome, read
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD

pytestmark = pytest.mark.at_both_ends

DAG = (
    HEAD
    + """
import ctypes, os, signal, subprocess, sys, threading, time
with DAG("{name}", start_date=datetime(2024, 1, 1), schedule=None):
    @task
    def first():
        return 1
    @task
    def second():
        {does}
    first() >> second()
"""
)
ENDS = {
    "is_killed": ("os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL"),
    "crashes": ("ctypes.CDLL(None).abort()", "was ended by SIGABRT"),
    "exits": ("ctypes.CDLL(None)._exit(3)", "exited with code 3"),
    "blocks": (
        "signal.pthread_sigmask(signal.SIG_BLOCK, {*signal.valid_signals()}); ctypes.CDLL(None).pause()",
        "could not be judged within 10 s, and nothing interrupts it",
    ),
}
"""What ends a process or blocks it for ever, and what is said of that."""
HARMLESS = {
    "closes": "[os.close(number) for number in (0, 1, 2)]",
    "closes_streams": "sys.stdout.close(); sys.stderr.close()",
    "goes_elsewhere": "os.chdir('/')",
    "starts_a_thread": "threading.Thread(target=time.sleep, args=(1e6,)).start()",
    "changes_modules": "sys.modules.clear()",
}
"""What would harm the files that are judged next, if they were judged in the same process."""
STARTS = "child = subprocess.Popen(['sleep', '1000'], start_new_session=True); open('{pid}', 'w').write(str(child.pid))"


def folder(path: Path, tasks: dict[str, str]) -> Path:
    """A folder with a DAG for each of some tasks, by what they do."""
    return processes.write_files(
        path / "dags", {f"{name}.py": DAG.format(name=name, does=does) for name, does in tasks.items()}
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_process_that_ends_is_the_failure_of_its_case(count: int, tmp_path: Path) -> None:
    """The case in which the process of a file ends is an error that says how; all other cases are judged."""
    folder(tmp_path, {**{name: does for name, (does, _) in ENDS.items()}, "a_good": "return 1", "z_good": "return 1"})
    words = ("dags", "--execute", "--case", "OWN-001", "--case", "ANY-002", "--case", "ANY-012", "--report", "r.jsonl")

    done = processes.verify(*words, "-n", count, "--case-timeout", 10, cwd=tmp_path)

    found = read(tmp_path / "r.jsonl")
    errors = {record.subject: record.message for record in found.records if record.outcome is Outcome.error}
    assert done.returncode == 2
    assert found.footer.complete
    assert len(found.records) == 3 * (len(ENDS) + 2)
    assert errors.keys() == ENDS.keys()
    for name, (_, said) in ENDS.items():
        assert said in errors[name]
        assert f"DAG '{name}'" in errors[name]


def test_what_a_file_does_to_its_process_harms_no_other(tmp_path: Path) -> None:
    """Whatever a task does to the process that it runs in, the DAGs of other files conform."""
    folder(tmp_path, {**HARMLESS, "z_good": "return 1"})
    words = ("dags", "--execute", "--case", "OWN-001", "--case", "ANY-002", "--report", "r.jsonl")

    processes.verify(*words, "-n", 0, cwd=tmp_path)

    found = read(tmp_path / "r.jsonl")
    assert found.footer.complete
    assert [record.outcome for record in found.records if record.subject == "z_good"] == [Outcome.passed] * 2
    assert all(record.outcome is Outcome.passed for record in found.records if record.case == "ANY-002")


def test_what_a_task_starts_ends_with_the_process_of_its_file(tmp_path: Path) -> None:
    """A process that a task started in a session of its own is gone when the command has ended."""
    pid = tmp_path / "pid"
    folder(tmp_path, {"starts": STARTS.replace("{pid}", str(pid)), "good": "return 1"})

    processes.verify("dags", "--execute", "--case", "OWN-001", "--report", "r.jsonl", cwd=tmp_path)

    assert not processes.is_alive(int(pid.read_text()))


def test_records_keep_their_order(tmp_path: Path) -> None:
    """One process at a time or two, the report tells the same in the same order."""
    folder(tmp_path, {f"dag_{number}": "return 1" for number in range(5)})
    told = []
    for count in 0, 2:
        processes.verify("dags", "-n", count, "--report", f"{count}.jsonl", cwd=tmp_path)
        told.append([(each.case, each.subject, each.outcome) for each in read(tmp_path / f"{count}.jsonl").records])

    assert told[0] == told[1]
    assert len(told[0]) > 25


def test_the_processes_of_files_end_with_their_parent(tmp_path: Path) -> None:
    """When the process that started them is killed, they do not go on."""
    folder(tmp_path, {"waits": f"open('{tmp_path}/pid', 'w').write(str(os.getpid())); ctypes.CDLL(None).pause()"})
    words = ("--pyargs", "conformance.patterns", "--dags", "dags", "--execute", "--case", "OWN-001", "--processes", 1)
    command = processes.pytest_command(*words, "--report", "r.jsonl")
    with subprocess.Popen(command, cwd=tmp_path, env=processes.environment(), stdout=subprocess.DEVNULL) as parent:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert parent.poll() is None
        child = int((tmp_path / "pid").read_text())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()

    while processes.is_alive(child):  # until whoever inherits it has seen that it has ended
        pass
