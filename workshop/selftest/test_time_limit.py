"""A case that hangs in real time is one clear error, and the cases after it are judged as if it had not been there."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from conformance.report.record import Outcome, Record, read
from conformance.sandbox.time_limit import OutOfTime, at_most
from workshop.selftest import processes
from workshop.selftest.hostile import dag
from workshop.selftest.processes import write_files

# A run from end to end takes its time on a busy machine, and is prepared once for all tests here.
pytestmark = [pytest.mark.at_both_ends, pytest.mark.timeout(400), pytest.mark.xdist_group("limit")]

HANGS = """
from datetime import datetime
from airflow import DAG
try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.python import PythonOperator

class Hangs(PythonOperator):
    def execute(self, context):
        while True:
            {body}

with DAG("{dag_id}", start_date=datetime(2024, 1, 1), schedule=None):
    first = Hangs(task_id="first", python_callable=print, retries=2)
    first >> PythonOperator(task_id="second", python_callable=print)
"""
STUBBORN = "try: sum(range(1000))\n            except {caught}: pass"
BAD = {
    "b_hangs.py": HANGS.format(dag_id="b_hangs", body="pass"),
    "d_stubborn.py": HANGS.format(dag_id="d_stubborn", body=STUBBORN.format(caught="Exception")),
    "f_deaf.py": HANGS.format(dag_id="f_deaf", body=STUBBORN.format(caught="BaseException")),
}
GOOD = {f"{name}.py": dag(name, retries=1) for name in ("a_good", "c_good", "e_good", "g_good")}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """`verify` on DAGs that hang, and good ones before and after each: the record of ANY-002 on each."""
    room = tmp_path_factory.mktemp("limit")
    write_files(room / "dags", BAD | GOOD)
    done = processes.verify("dags", "--case", "ANY-002", "--case-timeout", 4, "--report", "r.jsonl", cwd=room)
    assert done.returncode == 2, done.stdout + done.stderr
    return {record.subject: record for record in read(room / "r.jsonl").records}


@pytest.mark.parametrize("name", ["b_hangs", "d_stubborn", "f_deaf"])
def test_a_case_that_hangs_is_one_error(records: dict[str, Record], name: str) -> None:
    """Operator code that never ends, whatever it catches, is an error that names the DAG and says what to do."""
    assert records[name].outcome is Outcome.error
    assert records[name].message == (
        f"DAG '{name}' could not be judged within 4 s: look in its operators for code that never ends around what is "
        "simulated, or give it longer with --case-timeout."
    )


@pytest.mark.parametrize("name", ["a_good", "c_good", "e_good", "g_good"])
def test_the_next_case_passes(records: dict[str, Record], name: str) -> None:
    """What comes before and after a case that hangs is judged as ever."""
    assert records[name].outcome is Outcome.passed, records[name].message


def test_what_is_in_time_is_left_alone() -> None:
    """A block that ends in time returns, and nothing comes after it."""
    with at_most(0.05, "too long"):
        pass

    time.sleep(0.1)


def _catches_it() -> None:
    with at_most(0.05, "too long"), suppress(OutOfTime):
        time.sleep(10)


def test_who_catches_it_is_out_of_time_all_the_same() -> None:
    """Who catches the interruption and goes on is told at the end of the block."""
    with pytest.raises(OutOfTime, match="too long"):
        _catches_it()
