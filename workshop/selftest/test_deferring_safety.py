"""What the own `execute` of a deferrable sensor does before it defers breaks no promise, without `--execute`, too."""

from __future__ import annotations

import pytest

from conformance.report.record import Outcome, Record, read
from conformance.seam.api import airflow_version
from workshop.selftest import processes
from workshop.selftest.processes import write_files

# One run from end to end for all tests here; a process that does not end is killed.
pytestmark = [pytest.mark.at_both_ends, pytest.mark.timeout(400), pytest.mark.xdist_group("deferring-safety")]

SENSOR = """
import os, socket, threading, time
from datetime import datetime, timedelta
from airflow import DAG
from airflow.triggers.base import BaseTrigger
try:
    from airflow.sdk import BaseHook, BaseSensorOperator, Variable
except ImportError:
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable
    from airflow.sensors.base import BaseSensorOperator

class Never(BaseTrigger):
    def serialize(self):
        return "no.such.trigger", {{}}

    async def run(self):
        yield

class Waits(BaseSensorOperator):
    deferrable = True

    def execute(self, context):
        {does}
        self.defer(trigger=Never(), method_name="go_on", timeout=timedelta(seconds=self.timeout))

    def go_on(self, context, event=None): ...

with DAG("{name}", start_date=datetime(2024, 1, 1), schedule=None):
    Waits(task_id="wait", timeout=600)
"""

WRITES = """from airflow.models import Variable as Row
        from airflow.utils.session import create_session
        with create_session() as session:
            session.add(Row(key="written", val="1"))"""

ASIDE = "assert os.getcwd() != '/' and 'MOVED' not in os.environ and 'HOME' in os.environ"

DOES = {
    "asks_for_a_connection": "BaseHook.get_connection('nobody')",
    "asks_for_a_variable": "Variable.get('nothing')",
    "connects": "socket.create_connection(('192.0.2.1', 80))",
    "exits": "os._exit(0)",
    "interrupts": "raise KeyboardInterrupt",
    "leaves_a_thread": "threading.Thread(target=threading.Event().wait).start()",
    "loops": "while True: time.sleep(1)",
    "moves": "os.chdir('/'); os.environ['MOVED'] = '1'; del os.environ['HOME']",
    "moves_not": ASIDE,
    "returns": "return",
    "sleeps": "time.sleep(3600)",
    "stops": "raise SystemExit(0)",
    "writes": WRITES,
    "z_good": "pass",
}

TELLS_NOTHING = {
    "asks_for_a_connection": "nobody",
    "asks_for_a_variable": "nothing",
    "connects": "NetworkRefused: network access is refused during conformance runs: 192.0.2.1:80 (dags/connects.py:24)",
    "interrupts": "KeyboardInterrupt",
    "returns": "'wait' ends before it waits, so that its waiting cannot be tried",
    "stops": "SystemExit",
}
"""What is not run, with words of the reason."""

CANNOT_BE_JUDGED = {
    "exits": "os._exit(0) in dags/exits.py:24 would end the process",
    "loops": "could not be judged within 10 s",
}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Record]:
    """`verify` on a DAG for each sensor: the record of ANY-006 by the DAG. That it returns is half of the test."""
    room = tmp_path_factory.mktemp("deferring")
    write_files(room / "dags", {f"{name}.py": SENSOR.format(name=name, does=does) for name, does in DOES.items()})
    done = processes.verify("dags", "--case", "ANY-006", "--case-timeout", 10, "--report", "r.jsonl", cwd=room)
    assert done.returncode == 2, done.stdout + done.stderr
    return {record.dag: record for record in read(room / "r.jsonl").records}


def test_every_sensor_is_judged(records: dict[str, Record]) -> None:
    """None stops those after it."""
    assert records.keys() == DOES.keys()


@pytest.mark.parametrize("name", TELLS_NOTHING)
def test_one_that_does_not_come_to_its_waiting_tells_nothing(records: dict[str, Record], name: str) -> None:
    """A sensor that fails, stops or returns before it defers is not run, and one sentence says why."""
    assert records[name].outcome is Outcome.not_run
    assert TELLS_NOTHING[name] in records[name].message


@pytest.mark.parametrize("name", CANNOT_BE_JUDGED)
def test_one_that_would_end_the_run_or_never_ends_is_an_error(records: dict[str, Record], name: str) -> None:
    """A sensor that ends its process, or sleeps again and again for ever, is an error that names what it does."""
    assert records[name].outcome is Outcome.error
    assert CANNOT_BE_JUDGED[name] in records[name].message


@pytest.mark.parametrize("name", ["leaves_a_thread", "moves", "moves_not", "sleeps", "z_good"])
def test_what_does_no_harm_to_others_passes(records: dict[str, Record], name: str) -> None:
    """A thread does not keep the run from its end, an hour is simulated, folder and environment are the next one's."""
    assert records[name].outcome is Outcome.passed, records[name].message


def test_a_sensor_has_no_database_in_airflow_3(records: dict[str, Record]) -> None:
    """Airflow 3 refuses to write to its database; in Airflow 2 the sensor writes to ours, which is thrown away."""
    expected = Outcome.passed if airflow_version() < (3, 0, 0) else Outcome.not_run
    assert records["writes"].outcome is expected, records["writes"].message
