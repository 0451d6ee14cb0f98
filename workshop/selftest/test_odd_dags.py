"""DAGs that are odd, all in one folder: each has a clear outcome, and none stops the others."""

from __future__ import annotations

import pytest

from conformance.report.record import Outcome, Record, read
from conformance.report.verdict import Verdict
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD, dag
from workshop.selftest.processes import write_files

pytestmark = [pytest.mark.at_the_newest, pytest.mark.timeout(400), pytest.mark.xdist_group("odd-dags")]

ENORMOUS = """
try:
    from airflow.providers.standard.operators.empty import EmptyOperator
except ImportError:
    from airflow.operators.empty import EmptyOperator

with DAG("enormous", start_date=datetime(2024, 1, 1), schedule=None):
    before = EmptyOperator(task_id="step_0")
    for number in range(1, 5000):
        after = EmptyOperator(task_id=f"step_{number}")
        before >> after
        before = after
"""

CYCLE = """
with DAG("cycle", start_date=datetime(2024, 1, 1), schedule=None):
    @task
    def hen(): ...
    @task
    def egg(): ...
    first, second = hen(), egg()
    first >> second >> first
"""

UNKNOWN_LENGTH = """
with DAG("unknown_length", start_date=datetime(2024, 1, 1), schedule=None):
    @task
    def find(): ...
    @task(retries=1)
    def load(item): ...
    load.expand(item=find())
"""

LOOP = """
def make(name):
    with DAG(f"sync_{name}", start_date=datetime(2024, 1, 1), schedule=None) as made:
        @task(retries=1)
        def load(): ...
        load()
    return made

for name in ("de", "fr"):
    globals()[name] = make(name)
"""

VARIABLE = """
from airflow.models import Variable
BUCKET = Variable.get("bucket")
"""

CONNECTION = """
try:
    from airflow.sdk import BaseHook
except ImportError:
    from airflow.hooks.base import BaseHook
HOST = BaseHook.get_connection("warehouse").host
"""

SUMMER_TIME = """
import pendulum
with DAG(
    "summer_time", start_date=pendulum.datetime(2024, 3, 30, 2, 30, tz="Europe/Berlin"), schedule="30 2 * * *"
):
    @task(retries=1)
    def load(): ...
    load()
"""

FILES = {
    "a_good.py": dag("a_good", retries=1),
    "connection.py": HEAD + CONNECTION + dag("connection").replace(HEAD, ""),
    "cycle.py": HEAD + CYCLE,
    "enormous.py": HEAD + ENORMOUS,
    "late.py": dag("late", retries=1).replace("2024", "2031"),
    "loop.py": HEAD + LOOP,
    "non_ascii.py": dag("größe_日本", retries=1).replace("def load", "def längen").replace(" load()", " längen()"),
    "summer_time.py": HEAD + SUMMER_TIME,
    "unknown_length.py": HEAD + UNKNOWN_LENGTH,
    "variable.py": HEAD + VARIABLE + dag("variable").replace(HEAD, ""),
    "z_good.py": dag("z_good", retries=1),
}

TRIED = ("ANY-002", "ANY-003", "ANY-007", "ANY-012", "ANY-017", "ANY-021")
"""What is tried of a DAG of one task with retries."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    """What was found of the folder, by case and subject; no case gets longer than a few seconds."""
    room = tmp_path_factory.mktemp("odd")
    write_files(room / "dags", FILES)
    process = processes.verify("dags", "--report", "r.jsonl", "--case-timeout", 15, cwd=room)
    assert process.returncode == 1, process.stdout + process.stderr
    report = read(room / "r.jsonl")
    assert report.footer.verdict is Verdict.does_not_conform
    return {(record.case, record.subject): record for record in report.records}


def test_every_file_that_imports_says_so(records: dict[tuple[str, str], Record]) -> None:
    """Only a cycle, and what asks for what is not there, keep a file from being imported."""
    imported = {subject: record.outcome for (case, subject), record in records.items() if case == "ANY-001"}

    others = {"cycle.py": Outcome.failed, "connection.py": Outcome.assumed, "variable.py": Outcome.assumed}
    assert imported == {file: others.get(file, Outcome.passed) for file in FILES}


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("connection.py", "Connection warehouse (dags/connection.py:14; give it with --connections FILE)"),
        ("cycle.py", "Faulty task: egg (dags/cycle.py)"),
        ("variable.py", "Variable bucket (dags/variable.py:11; give it with --variables FILE)"),
    ],
)
def test_what_does_not_import_is_told_in_one_line(
    records: dict[tuple[str, str], Record], file: str, message: str
) -> None:
    """A file that cannot be imported is told why, and what to do if it asks for something."""
    assert message in records["ANY-001", file].message.splitlines()[0]


@pytest.mark.parametrize(
    ("dag_id", "task", "line"),
    [
        ("a_good", "load", 12),
        ("größe_日本", "längen", 12),
        ("late", "load", 12),
        ("summer_time", "load", 15),
        ("sync_de", "load", 13),
        ("sync_fr", "load", 13),
        ("z_good", "load", 12),
    ],
)
def test_what_is_odd_but_right_passes(
    records: dict[tuple[str, str], Record], dag_id: str, task: str, line: int
) -> None:
    """
    A DAG passes in every respect whose ids are in any script, that has yet to begin, that lives where clocks change, or
    that a loop makes; its task is found where it is written.
    """
    found = {case: record for (case, subject), record in records.items() if subject in (dag_id, f"{dag_id}:{task}")}

    assert {case: record.outcome for case, record in found.items()} == dict.fromkeys(TRIED, Outcome.passed)
    assert found["ANY-003"].where.endswith(f".py:{line}")


def test_a_mapped_task_of_unknown_length_is_tried_with_several(records: dict[tuple[str, str], Record]) -> None:
    """A task that is mapped over what another one finds is tried as any other, and with lists of several lengths."""
    found = {pair: record.outcome for pair, record in records.items() if pair[1].startswith("unknown_length:")}

    assert found == {
        ("ANY-003", "unknown_length:find"): Outcome.passed,
        ("ANY-003", "unknown_length:load"): Outcome.passed,
        ("ANY-007", "unknown_length:load"): Outcome.passed,
        ("ANY-008", "unknown_length:find"): Outcome.passed,
        ("ANY-009", "unknown_length:load"): Outcome.passed,
        ("ANY-021", "unknown_length:load"): Outcome.passed,
    }


def test_an_enormous_dag_is_told_to_be_that(records: dict[tuple[str, str], Record]) -> None:
    """Of a DAG of 5,000 tasks in a row a run takes too long; what is tried of each task is one record, not 5,000."""
    whole = {case: record for (case, subject), record in records.items() if subject.partition(":")[0] == "enormous"}

    assert {case: (record.subject, record.outcome) for case, record in whole.items()} == {
        "ANY-002": ("enormous", Outcome.error),
        "ANY-003": ("enormous", Outcome.not_run),
        "ANY-012": ("enormous", Outcome.advice),
        "ANY-017": ("enormous", Outcome.passed),
    }
    assert whole["ANY-002"].message == (
        "DAG 'enormous' could not be judged within 15 s: it has 5,000 tasks; give it longer with --case-timeout."
    )
    assert whole["ANY-003"].message == (
        "DAG 'enormous' has 5,000 tasks; what is tried task by task is tried of DAGs of at most 200 tasks "
        "(tolerate that, or split it)"
    )
