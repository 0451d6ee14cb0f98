"""Whether the code of tasks runs at all is for the user to say, with `--execute`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from conformance.report.record import Outcome, Report, read
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD
from workshop.selftest.processes import write_files

# Two verifications from end to end, on a machine that may be busy.
pytestmark = [pytest.mark.at_both_ends, pytest.mark.timeout(400), pytest.mark.xdist_group("asked-to-execute")]

DAG = """
from pathlib import Path
with DAG("{name}", start_date=datetime(2024, 1, 1), schedule=None):
    @task(retries=1)
    def export(run_id=None):
        import boto3
        Path(__file__).with_suffix(".ran").touch()
        boto3.client("s3").put_object(Bucket="orders", Key={key}, Body=run_id.encode())
        return {{"{name}": "correct horse"}}
    export()
"""
DAGS = {
    "good.py": HEAD + DAG.format(name="good", key='f"{run_id}.txt"'),
    "password.py": HEAD + DAG.format(name="password", key='"orders.txt"'),
}


def verified(room: Path, *options: str) -> tuple[subprocess.CompletedProcess[str], Report]:
    """What `verify` says of the two DAGs, and its report."""
    write_files(room / "dags", DAGS)
    process = processes.verify("dags", *options, "--report", "r.jsonl", cwd=room)
    assert (room / "r.jsonl").exists(), process.stdout + process.stderr
    return process, read(room / "r.jsonl")


def test_without_it_no_task_runs_its_code(tmp_path: Path) -> None:
    """Without `--execute` the code of no task runs, and the report has nothing of the cases that need it."""
    process, report = verified(tmp_path)

    assert process.returncode == 0, process.stdout
    assert {path.name for path in (tmp_path / "dags").iterdir()} - {"__pycache__"} == DAGS.keys()
    assert {record.pattern for record in report.records} == {"any-dag"}


def test_with_it_every_task_does(tmp_path: Path) -> None:
    """With `--execute` every task's code runs, what it leaves behind is judged, and no secret is told."""
    process, report = verified(tmp_path, "--execute")

    outcomes = {(r.case, r.subject): r.outcome for r in report.records if r.pattern == "own-code"}
    failed = {("OWN-003", "password"), ("OWN-004", "password")}
    assert process.returncode == 1
    assert {path.name for path in (tmp_path / "dags").glob("*.ran")} == {"good.ran", "password.ran"}
    assert len(outcomes) == 14
    assert {pair for pair, outcome in outcomes.items() if outcome is Outcome.failed} == failed
    not_applicable = {pair for pair, outcome in outcomes.items() if outcome is Outcome.not_applicable}
    assert not_applicable == {("OWN-006", "good"), ("OWN-006", "password")}
    assert {outcome for pair, outcome in outcomes.items() if pair not in failed | not_applicable} == {Outcome.passed}
    assert "horse" not in process.stdout + process.stderr + (tmp_path / "r.jsonl").read_text()
    (found,) = (r for r in report.records if (r.case, r.subject) == ("OWN-003", "password"))
    assert found.where == "dags/password.py:13"
    assert found.reproduce == "airflow-conformance verify dags --case OWN-003 --dag password --execute"


def test_its_cases_cannot_be_named_without_it(tmp_path: Path) -> None:
    """Who names one of its cases without `--execute` is told so in one sentence."""
    write_files(tmp_path / "dags", DAGS)

    process = processes.verify("dags", "--case", "OWN-003", cwd=tmp_path)

    sentence = "OWN-003 runs the tasks' own code: give --execute, too."
    assert (process.returncode, process.stderr) == (2, f"airflow-conformance: {sentence}\n")
