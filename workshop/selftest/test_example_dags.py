"""
Airflow's own example DAGs, as the installed distribution ships them, verified from end to end.

They are real input that nobody wrote for us. They are copied for the run, and their tasks are played, not executed.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

from conformance.paths import PACKAGE
from conformance.report.record import Outcome, Record, Report, read
from conformance.versions import find, holds, newest
from workshop.selftest import processes

VERSION = metadata.version("apache-airflow")
LONGEST_SECONDS = 500

pytestmark = [
    pytest.mark.skipif(
        VERSION not in (find("2.11").version, newest().version),
        reason="example DAGs are run on the newest Airflow of each line",
    ),
    pytest.mark.timeout(LONGEST_SECONDS + 50),
    pytest.mark.xdist_group("examples"),
]


class Expected(NamedTuple):
    """What fails on an example, on which versions, and why that is true."""

    case: str
    subjects: tuple[str, ...]
    airflow: str
    why: str


def _of_dag(dag: str, *tasks: str) -> tuple[str, ...]:
    return tuple(f"{dag}:{task}" for task in tasks)


LANGUAGES = ("generate_english_greeting", "generate_french_greeting", "generate_german_greeting")
EXPECTED = [
    Expected(
        *("ANY-001", ("sql/example_analytics.py",), "<3"),
        "The provider ships an example that imports airflow.sdk, which only Airflow 3 has.",
    ),
    Expected(
        "ANY-003",
        _of_dag("example_params_trigger_ui", "select_languages", "get_names", *LANGUAGES),
        ">=2.7",
        "print_greetings, the last task, has the rule all_done: the run succeeds whatever failed before it.",
    ),
    Expected(
        *("ANY-009", _of_dag("example_params_trigger_ui", *LANGUAGES), ">=2.7"),
        "print_greetings, the last task, has the rule all_done: the run succeeds whatever failed before it.",
    ),
    Expected(
        "ANY-003",
        ("example_short_circuit_decorator:short_circuit", "example_short_circuit_operator:short_circuit"),
        ">=2.7",
        "task_7, the last task, has the rule all_done, to show what a soft short circuit leaves alone.",
    ),
    Expected(
        *("ANY-003", ("example_skip_dag:skip_operator_2",), ">=2.7"),
        "one_success has the rule of its name, and is content with the other task.",
    ),
    Expected(
        "ANY-003",
        _of_dag(
            "example_bash_decorator",
            *(
                "also_run_this",
                "also_run_this_again",
                "run_after_loop",
                "runme_0",
                "runme_1",
                "runme_2",
                "this_will_skip",
            ),
        ),
        ">=2.7",
        "run_this_last has the rule always.",
    ),
]

NOT_FOR_US = {
    "example_params_ui_tutorial": "It has a required param without a default: without a `conf`, no run can be created.",
    "example_sensors": "Some of its deferrable sensors wait for a time, and that comes.",
    "example_time_delta_sensor_async": "Its sensor waits for a time, and that comes.",
}
"""Examples to which some cases do not apply, and why."""

NOT_RUN = {"example_workday_timetable", "example_custom_weight", "example_sensors"}
"""
Examples of which some cases are not run: Airflow knows the timetable or weight rule of two only from a plugin beside
them, and a deferrable sensor of the third asks for a connection that nobody gives.
"""

VIRTUALENV = "only with the package virtualenv"
WITHOUT_A_DAG = {
    "core/example_kubernetes_executor.py": (">=2.7", "only with the package kubernetes"),
    "core/example_local_kubernetes_executor.py": (">=2.7", "only with the package kubernetes"),
    "core/example_branch_operator.py": ("<3", VIRTUALENV),
    "core/example_branch_operator_decorator.py": ("<3", VIRTUALENV),
    "core/tutorial_taskflow_api_virtualenv.py": ("<3", VIRTUALENV),
    "core/subdags/subdag.py": ("<3", "defines a function that another file calls"),
    "sql/example_analytics.py": ("<3", "does not import"),
}
"""Examples in whose files Airflow finds no DAG: on which versions, and why."""


class Verified(NamedTuple):
    """The finished run, its report, and the folder that was verified."""

    process: subprocess.CompletedProcess[str]
    report: Report
    folder: Path


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """
    What verifying a copy of the examples says.

    In one process: of assets that several examples share, the files' order decides which are known, as in Airflow.
    """
    room = tmp_path_factory.mktemp("examples")
    folder = room / "examples"
    airflow = Path(sysconfig.get_path("purelib")) / "airflow"
    for name, place in {
        "core": airflow / "example_dags",
        "standard": airflow / "providers" / "standard" / "example_dags",
        "sql": airflow / "providers" / "common" / "sql" / "example_dags",
    }.items():
        if place.is_dir():
            shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = ["--pyargs", "conformance.patterns", "--dags", folder, "--report", "r.jsonl", "--conformance-quiet"]
    process = subprocess.run(
        processes.pytest_command(*command),
        cwd=room,
        env=processes.environment(),
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    assert (room / "r.jsonl").exists(), process.stdout + process.stderr
    return Verified(process, read(room / "r.jsonl"), folder)


def _of(records: tuple[Record, ...], case: str) -> Iterator[Record]:
    return (record for record in records if record.case == case)


def test_every_example_has_an_outcome(verified: Verified) -> None:
    """Every file that speaks of a DAG has a record of its import, and every file with a DAG one of a run."""
    files = {path.relative_to(verified.folder).as_posix(): path for path in verified.folder.rglob("*.py")}
    speak = {name for name, path in files.items() if {b"dag", b"airflow"} <= _words(path)}
    examples = {name for name in speak if "/plugins/" not in name and "/libs/" not in name}
    ran = {record.where.split("/", 1)[1].rpartition(":")[0] for record in _of(verified.report.records, "ANY-002")}
    here = {
        name
        for name, (airflow, why) in WITHOUT_A_DAG.items()
        if holds(airflow, VERSION) and not (why == VIRTUALENV and shutil.which("virtualenv"))
    }

    assert {record.subject for record in _of(verified.report.records, "ANY-001")} >= speak
    assert examples - ran == here & set(files)


def _words(path: Path) -> set[bytes]:
    """Those of the words by which Airflow tells a DAG file that are in a file."""
    text = path.read_bytes().lower()
    return {word for word in (b"dag", b"airflow") if word in text}


def test_what_fails_is_what_we_can_explain(verified: Verified) -> None:
    """Of all that is rehearsed of the examples, nothing fails but what is listed above, which is true."""
    fine = (Outcome.passed, Outcome.advice, Outcome.not_applicable)
    seen = {(r.case, r.subject): r.outcome for r in verified.report.records if r.outcome not in fine}
    here = [expected for expected in EXPECTED if holds(expected.airflow, VERSION)]
    not_run = {subject.partition(":")[0] for (_, subject), outcome in seen.items() if outcome is Outcome.not_run}
    seen = {key: outcome for key, outcome in seen.items() if outcome is not Outcome.not_run}

    assert not_run <= NOT_RUN
    assert seen == {(e.case, subject): Outcome.failed for e in here for subject in e.subjects}, verified.process.stdout
    assert verified.process.returncode == 1


def test_few_cases_do_not_apply(verified: Verified) -> None:
    """A case that does not apply to an example is about one of those listed above."""
    records = [r for r in verified.report.records if r.outcome is Outcome.not_applicable]

    assert {r.subject.partition(":")[0] for r in records} <= NOT_FOR_US.keys()


def test_every_failure_is_in_the_field_notes() -> None:
    """The page about real folders names every example on which something fails."""
    page = (PACKAGE.parent / "docs" / "field-notes.md").read_text(encoding="utf-8")

    subjects = [subject for expected in EXPECTED for subject in expected.subjects]
    assert [subject for subject in subjects if subject.partition(":")[0] not in page] == []


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("example_workday_timetable", "only by a plugin, and none registers it"),
        ("example_params_ui_tutorial", "required_field"),
    ],
)
def test_a_failure_says_why(verified: Verified, subject: str, told: str) -> None:
    """What is not a pass says in its first line why."""
    (record,) = (record for record in _of(verified.report.records, "ANY-002") if record.subject == subject)

    assert told in record.message.splitlines()[0]
