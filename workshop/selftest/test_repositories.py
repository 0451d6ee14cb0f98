"""Small repositories, laid out as real ones are: what can be imported is, and nothing but planted mistakes is found."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from conformance.files import read_toml
from conformance.paths import FIXTURES
from conformance.report.record import Record, Report, read
from conformance.report.verdict import Outcome, exit_code
from conformance.versions import holds, pins
from workshop.selftest import processes

pytestmark = pytest.mark.at_the_ends_of_each_line

REPOSITORIES = FIXTURES / "repositories"
NAMES = sorted(path.parent.name for path in REPOSITORIES.glob("*/expected.toml"))
BY_THE_CLOCK = "ANY-015"
"""How long an import takes depends on the machine."""


def expected(name: str) -> dict[str, Any]:
    """What is to be found in a repository."""
    return read_toml(REPOSITORIES / name / "expected.toml")


def found(record: Record) -> bool:
    """Whether a record says that something is wrong, for sure or if what is missing is as the kit assumes."""
    if record.outcome is Outcome.assumed:
        return record.message.startswith("fails, if")
    return record.outcome not in (Outcome.passed, Outcome.deviation, Outcome.not_applicable)


def files(report: Report) -> list[Record]:
    """The records that say of each file whether it imports."""
    return [record for record in report.records if record.case == "ANY-001"]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_planted_is_found_and_nothing_else(name: str, tmp_path: Path) -> None:
    """Of a repository as it was cloned, what imports, which DAGs it has, what is missing and what is wrong is told."""
    want = expected(name)
    fitting = [pin.version for pin in pins() if holds(want["airflow"], pin.version)]
    if metadata.version("apache-airflow") != fitting[-1]:
        pytest.skip(f"it is verified on Airflow {fitting[-1]}")
    clone = tmp_path / name
    shutil.copytree(REPOSITORIES / name, clone, ignore=shutil.ignore_patterns("__pycache__", "expected.toml"))
    (clone / ".git").mkdir()
    before = sorted(clone.rglob("*"))

    done = processes.verify(want.get("folder", "dags"), "--report", tmp_path / "report.jsonl", cwd=clone)

    said = done.stdout + done.stderr
    assert done.returncode in (0, 1, 2), said
    report = read(tmp_path / "report.jsonl")
    imported = [record for record in files(report) if record.outcome in (Outcome.passed, Outcome.assumed)]
    wrong = [record for record in report.records if found(record) and record.case != BY_THE_CLOCK]
    assert {(record.case, record.subject, record.outcome.value) for record in wrong} == {
        (one["case"], one["subject"], one.get("outcome", "failed")) for one in want.get("found", [])
    }, said
    for one in want.get("found", []):
        (message,) = (
            record.message for record in wrong if (record.case, record.subject) == (one["case"], one["subject"])
        )
        assert one.get("says", "") in message
    assert (len(files(report)), len(imported)) == (want["files"], want["imported"])
    assert [dag.dag for dag in report.dags] == want["dags"]
    assert sorted({stand_in for record in report.records for stand_in in record.stand_ins}) == want["stand_ins"]
    assert (report.footer.verdict.value, done.returncode) == (want["verdict"], exit_code(report.footer.verdict))
    assert sorted(clone.rglob("*")) == before


def test_there_are_some_with_mistakes_and_one_without() -> None:
    """Eight repositories or more are there, most with something to find, and one in which all is well."""
    planted = [len(expected(name).get("found", [])) for name in NAMES]

    assert len(planted) >= 8
    assert planted.count(0) == 1
