"""What discovery claims of deferrable sensors holds; what it cannot see, it only proposes."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.claims.reader import FILE, read
from conformance.patterns.sensor_timeout import SensorTimeout
from conformance.report.record import Outcome
from conformance.report.record import read as read_report
from workshop.selftest import processes
from workshop.selftest.processes import write_files

pytestmark = [pytest.mark.at_both_ends, pytest.mark.timeout(400), pytest.mark.xdist_group("deferrable-sensors")]

DAGS = """
from datetime import datetime, timedelta
from airflow import DAG
from airflow.triggers.base import BaseTrigger
try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import BaseSensorOperator
except ImportError:
    from airflow.operators.empty import EmptyOperator
    from airflow.sensors.base import BaseSensorOperator

class Never(BaseTrigger):
    def serialize(self):
        return "no.such.trigger", {}

    async def run(self):
        yield

class HandsOn(BaseSensorOperator):
    deferrable = True

    def execute(self, context):
        self.defer(trigger=Never(), method_name="go_on", timeout=timedelta(seconds=self.timeout))

    def go_on(self, context, event=None): ...

class Helped(HandsOn):
    def execute(self, context):
        self.wait()

    def wait(self):
        self.defer(trigger=Never(), method_name="go_on", timeout=timedelta(seconds=self.timeout))

class Forgets(HandsOn):
    def execute(self, context):
        self.defer(trigger=Never(), method_name="go_on")

class Mistakes(HandsOn):
    def execute(self, context):
        self.defer(trigger=Never(), method_name="go_on", timeout=self.execution_timeout)

class Either(BaseSensorOperator):
    def __init__(self, *, deferrable=False, path="", **kwargs):
        super().__init__(**kwargs)
        self.deferrable, self.path = deferrable, path

    def execute(self, context):
        if not self.deferrable:
            super().execute(context)
        elif not self.poke(context):
            self.defer(trigger=Never(), method_name="go_on", timeout=timedelta(seconds=self.timeout))

    def go_on(self, context, event=None): ...

with DAG("waits", start_date=datetime(2024, 1, 1), schedule=None):
    behind = EmptyOperator(task_id="behind")
    HandsOn(task_id="plain", timeout=600) >> behind
    HandsOn(task_id="a_week")
    HandsOn(task_id="tried_again", timeout=600, retries=2, mode="reschedule", poke_interval=30)
    HandsOn(task_id="soft", timeout=600, soft_fail=True, retries=1) >> EmptyOperator(task_id="behind_soft")
    HandsOn(task_id="hurried", timeout=600, execution_timeout=timedelta(minutes=5))
    HandsOn(task_id="unhurried", timeout=600, execution_timeout=timedelta(minutes=20))
    HandsOn.partial(task_id="by_item").expand(timeout=[60, 600])
    Helped(task_id="helped", timeout=600)
    Forgets(task_id="forgets", timeout=600)
    Mistakes(task_id="mistakes", timeout=600)
    Either(task_id="either", timeout=600, deferrable=True)
    Either.partial(task_id="each", timeout=600, deferrable=True).expand(path=["/a", "/b"])
    Either.partial(task_id="neither", timeout=600).expand(path=["/a", "/b"])
"""

CLAIMED: dict[str, dict[str, object]] = {
    "plain": {"timeout": 600, "downstream": "behind"},
    "a_week": {"timeout": 604800},
    "tried_again": {"timeout": 600, "retries": 2},
    "soft": {"timeout": 600, "retries": 1, "soft": True, "downstream": "behind_soft"},
    "unhurried": {"timeout": 600},
    "each": {"timeout": 600},
    "helped": {"timeout": 600},
    "either": {"timeout": 600},
}
"""
By the sensor. One that Airflow 2 ends sooner, or whose instances have timeouts of their own, is passed over; that
`neither` does not defer, only the default of its class says.
"""

PROPOSED = ("forgets", "mistakes")
CASES = ("001", "003", "004", "005", "007", "015")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the DAG, and what was discovered in it."""
    room = tmp_path_factory.mktemp("deferrable")
    write_files(room / "dags", {"waits.py": DAGS})
    done = processes.command("discover", "dags", cwd=room)
    assert done.returncode == 0, done.stderr
    return room


def test_only_what_holds_of_one_that_defers_is_claimed(room: Path) -> None:
    """A deferrable sensor is claimed without pokes and without a mode, one whose code forgets its timeout is not."""
    claims = {c.sensor: c for c in read(room / "dags" / FILE).claims if isinstance(c, SensorTimeout)}
    deferrable = {name: claim for name, claim in claims.items() if claim.deferrable}
    said = {name: {key: getattr(deferrable[name], key) for key in CLAIMED[name]} for name in deferrable}

    assert said == CLAIMED
    assert {*claims} - {*deferrable} == {"neither"}


def test_what_is_not_seen_is_only_proposed(room: Path) -> None:
    """Where it does not show that the timeout is handed on, the claim is there for whoever removes its #."""
    text = (room / "dags" / FILE).read_text(encoding="utf-8")

    for name in PROPOSED:
        (block,) = [b for b in text.split("\n\n") if f'#sensor = "{name}"' in b]
        assert "#deferrable = true" in block
        assert "Remove the # to claim it: it does not show" in block


def test_what_is_claimed_holds(room: Path) -> None:
    """All cases pass, or deviate as is known of Airflow."""
    cases = [word for number in CASES for word in ("--case", f"SENSOR-{number}")]

    done = processes.verify("dags", *cases, "--report", "r.jsonl", cwd=room)

    records = read_report(room / "r.jsonl").records
    assert done.returncode == 0, done.stdout + done.stderr
    assert {r.outcome for r in records} <= {Outcome.passed, Outcome.deviation}, done.stdout
    assert {r.subject.partition(":")[2] for r in records} >= CLAIMED.keys()
