"""A whole run, of one process and of two, on a folder of good and bad DAGs: what is told, and what is left alone."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.pytest_plugin.subjects import reaches
from conformance.report.record import Outcome, Record, Report, now, read
from conformance.report.verdict import Verdict
from workshop.selftest import processes
from workshop.selftest.hostile import CLAIMS, GOOD, HARM, OTHER_TESTS
from workshop.selftest.processes import write_files

# A run from end to end takes its time on a busy machine, and is prepared once for all tests here.
pytestmark = [pytest.mark.at_both_ends, pytest.mark.timeout(400), pytest.mark.xdist_group("end-to-end")]


class Run(SimpleNamespace):
    """A finished run: its process, its report, its folder, and what was there before it began."""

    process: subprocess.CompletedProcess[str]
    report: Report
    room: Path

    def outcomes(self, case: str) -> dict[str, Outcome]:
        """The outcome of a case on every subject."""
        return {record.subject: record.outcome for record in self.report.records if record.case == case}

    def record(self, case: str, subject: str) -> Record:
        """The only record of a case on a subject."""
        (found,) = [r for r in self.report.records if (r.case, r.subject) == (case, subject)]
        return found


def _room(path: Path) -> Path:
    """A place with a folder of good and bad DAGs, somebody's own tests, and a folder for temporary files."""
    (path / "temporary").mkdir()
    write_files(path / "dags", {**GOOD, **HARM, "claims.toml": CLAIMS})
    own = OTHER_TESTS.partition("def test_modules")[0] + "def test_own_failure():\n    assert False\n"
    write_files(path / "tests", {"test_own.py": own})
    return path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`pytest` on the folder together with somebody's own tests, in one process."""
    room = _room(tmp_path_factory.mktemp("alone"))
    begun = now()
    process = processes.pytest(
        *("--pyargs", "conformance", "tests", "--dags", "dags", "--report", "r.jsonl", "--import-timeout", 6),
        *("--continue-on-collection-errors", "-v"),
        cwd=room,
        TMPDIR=room / "temporary",
    )
    assert (room / "r.jsonl").exists(), process.stdout + process.stderr
    return Run(process=process, report=read(room / "r.jsonl"), room=room, begun=begun)


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`verify` on the same folder in two processes, with an environment full of traps."""
    room = _room(tmp_path_factory.mktemp("side_by_side"))
    (room / "production").mkdir()
    write_files(room / "modules", {"trap.py": f"open({str(room / 'alarm')!r}, 'w').close()\nclass Backend: pass\n"})
    process = processes.verify(
        *("dags", "--report", "r.jsonl", "--import-timeout", 6, "-n", 2),
        cwd=room,
        TMPDIR=room / "temporary",
        AIRFLOW_HOME=room / "production",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{room / 'production' / 'airflow.db'}",
        AIRFLOW__CORE__EXECUTOR="NoSuchExecutor",
        AIRFLOW__SECRETS__BACKEND="trap.Backend",
        AWS_PROFILE="production",
        PYTHONPATH=f"{room / 'modules'}:{processes.environment()['PYTHONPATH']}",
        PYTEST_ADDOPTS="--no-such-option",
    )
    assert (room / "r.jsonl").exists(), process.stdout + process.stderr
    return Run(process=process, report=read(room / "r.jsonl"), room=room)


def test_only_patterns_and_own_tests_are_collected(alone: Run) -> None:
    """`--pyargs conformance --dags` collects the specification, and none of the kit's self-tests."""
    assert "selftest" not in alone.process.stdout
    assert "patterns" in alone.process.stdout
    assert "any_dag.py::test_imports[a_good.py] PASSED" in alone.process.stdout


def test_somebodys_own_tests_run_beside_it(alone: Run) -> None:
    """Somebody's own tests in the same session see the real clock, and are not part of the report."""
    assert "test_own.py::test_real_clock PASSED" in alone.process.stdout
    assert "test_own.py::test_own_failure FAILED" in alone.process.stdout
    assert not any("own" in record.subject for record in alone.report.records)


def test_what_breaks_a_claim_is_told_with_place_and_command(alone: Run) -> None:
    """A DAG that breaks a claim is exit 1 and a record that says what was seen, where, and how to see it again."""
    record = alone.record("RETRY-002", "z_good:load")

    assert alone.process.returncode == 1
    assert alone.report.footer.verdict is Verdict.does_not_conform
    assert record.outcome is Outcome.failed
    assert "z_good: run failed" in record.message
    assert "If this fails: " in record.message
    assert record.where == "dags/z_good.py:12"
    assert record.reproduce == "airflow-conformance verify dags --case RETRY-002 --dag z_good"


def test_what_keeps_its_claim_passes_beside_it(alone: Run) -> None:
    """The claims that hold have passed, whatever the others did."""
    outcomes = alone.outcomes("SINGLE-001")

    assert outcomes["a_good:load"] is Outcome.passed


def test_what_needs_a_conf_is_not_applicable(alone: Run) -> None:
    """A DAG of which no run can be created without a `conf` cannot be judged by its defaults."""
    if not reaches("2.8"):
        assert alone.outcomes("ANY-002").keys() == {"a_good", "fickle", "z_good"}
        return

    record = alone.record("ANY-002", "asks")

    assert record.outcome is Outcome.not_applicable
    assert "name" in record.message


def test_a_claim_on_a_file_that_does_not_import_is_not_run(alone: Run) -> None:
    """A claim on a DAG that no file defines, while some do not import, is not run, which is never a pass."""
    record = alone.record("SINGLE-001", "in_a_broken_file:load")

    assert record.outcome is Outcome.not_run
    assert "no file that imports defines DAG 'in_a_broken_file'" in record.message


def test_what_cannot_be_judged_is_an_error(alone: Run) -> None:
    """A case that broke for another reason than its claim is an error, not a failure."""
    record = alone.record("ANY-002", "fickle")

    assert record.outcome is Outcome.error
    assert "defined DAG 'fickle' at first, but not when parsed again" in record.message


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("connects.py", "192.0.2.1:80 (dags/connects.py:3)"),
        ("exits.py", "the process exited with code 3 while importing (dags/exits.py)"),
        ("kills_itself.py", "the process was ended by SIGKILL while importing (dags/kills_itself.py)"),
        ("sleeps.py", "did not finish importing within 6 s (dags/sleeps.py:3)"),
        ("wrong_syntax.py", "SyntaxError: invalid syntax (dags/wrong_syntax.py:2)"),
    ],
)
def test_harm_is_one_failed_record(side_by_side: Run, file: str, told: str) -> None:
    """A file that does harm is one failed record that says what it did and where."""
    records = [record for record in side_by_side.report.records if record.subject == file]

    assert [(record.case, record.outcome) for record in records] == [("ANY-001", Outcome.failed)]
    assert told in records[0].message.splitlines()[0]
    assert side_by_side.process.returncode == 1


def test_good_dags_pass_beside_harm(side_by_side: Run) -> None:
    """The DAGs beside files that do harm are found and pass."""
    imports = side_by_side.outcomes("ANY-001")
    runs = side_by_side.outcomes("ANY-002")

    asks = {"asks.py"} if reaches("2.8") else set()
    assert {file for file, outcome in imports.items() if outcome is Outcome.passed} == GOOD.keys() - {"asks.py"} | asks
    assert {"asks": Outcome.not_applicable, **runs} == {
        "a_good": Outcome.passed,
        "asks": Outcome.not_applicable,
        "fickle": Outcome.error,
        "z_good": Outcome.passed,
    }


def test_several_processes_find_the_same(alone: Run, side_by_side: Run) -> None:
    """Two processes give the records that one gives, in the same order."""
    one, two = (
        [(r.case, r.subject, r.outcome, r.where, r.reproduce) for r in run.report.records]
        for run in (alone, side_by_side)
    )

    assert one == two


def test_nothing_is_left_behind(alone: Run, side_by_side: Run) -> None:
    """No process's home and no other file is left behind, but the report."""
    assert list((alone.room / "temporary").iterdir()) == []
    assert list((side_by_side.room / "temporary").iterdir()) == []
    assert {path.name for path in side_by_side.room.iterdir()} == {
        *("dags", "tests", "temporary", "production", "modules", "r.jsonl")
    }
    assert {path.name for path in (side_by_side.room / "dags").iterdir()} - {"fickle.py.read"} == {
        *GOOD,
        *HARM,
        "claims.toml",
    }


def test_the_callers_traps_are_not_sprung(side_by_side: Run) -> None:
    """A caller's AIRFLOW_HOME, database and secrets backend are neither read nor written by a whole run."""
    assert list((side_by_side.room / "production").iterdir()) == []
    assert not (side_by_side.room / "alarm").exists()


def test_a_report_tells_real_time(alone: Run) -> None:
    """Start, end and durations in a report are real, although the runs in it are of another time."""
    started, finished, begun = (
        datetime.fromisoformat(text)
        for text in (alone.report.header.started, alone.report.footer.finished, alone.begun)
    )

    assert begun <= started <= finished <= datetime.now(timezone.utc)
    spent = sum(record.seconds for record in alone.report.records)
    at_once = os.cpu_count() or 1  # so many DAG files are judged side by side
    assert timedelta(0) < timedelta(seconds=spent) <= at_once * (finished - started)
    assert all(0 <= record.seconds < 60 for record in alone.report.records)
