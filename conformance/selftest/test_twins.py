"""Every case can fail: its broken twin, one mistake away from the reference DAG, makes exactly it fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance import deviations
from conformance.catalogue import Entry, catalogue
from conformance.paths import FIXTURES
from conformance.report.record import Outcome, Report, read
from conformance.under_test import reaches

BROKEN = FIXTURES / "broken"
TWINS = {entry.case.id: BROKEN / f"{entry.module}_{entry.case.id.partition('-')[2]}.py" for entry in catalogue()}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What verifying the folder of twins says."""
    path = tmp_path_factory.mktemp("twins") / "report.jsonl"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "conformance.plugin",
        "-p",
        "no:cacheprovider",
        "--conformance-quiet",
    ]
    command += ["--pyargs", "conformance.patterns", "--dags", str(BROKEN), "--report", str(path)]
    # What is said of any DAG would be tried on every twin.
    any_dag = " or ".join(entry.function for entry in catalogue() if entry.pattern == "any-dag")
    command += ["-k", f"any_dag_0 or not ({any_dag})"]
    subprocess.run(command, capture_output=True, check=False, timeout=600)
    return read(path)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.case.id)
def test_twin_fails_its_case_and_no_other(entry: Entry, report: Report) -> None:
    """The twin of a case fails that case, and passes every other case of the pattern that applies to it."""
    twin = TWINS[entry.case.id]
    if not reaches(entry.case.since):
        pytest.skip(f"not applicable: needs Airflow {entry.case.since}")
    subjects = (twin.stem, f"{twin.stem}:", twin.name)
    outcomes = {
        record.case: record.outcome
        for record in report.records
        if record.pattern == entry.pattern and record.subject.startswith(subjects)
    }
    wrong = {case for case, outcome in outcomes.items() if outcome not in (Outcome.passed, Outcome.not_applicable)}

    known = {case for case in wrong if deviations.here(case)} - {entry.case.id}
    assert wrong - known == {entry.case.id}, f"{twin.name}: {outcomes}"


def test_every_twin_belongs_to_a_case() -> None:
    """No file among the twins is left over from a case that is gone."""
    files = set(BROKEN.glob("*.py"))

    assert files == set(TWINS.values())


@pytest.mark.parametrize("twin", sorted(BROKEN.glob("*.py")), ids=lambda path: path.stem)
def test_a_twin_says_what_is_wrong_with_it(twin: Path) -> None:
    """A twin begins with a sentence that names its one mistake."""
    assert twin.read_text().startswith('"""The mistake: ')
