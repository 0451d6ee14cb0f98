"""The committed matrix: complete, and held against what a run sees."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.catalogue import catalogue
from conformance.claims import reader
from conformance.paths import DAGS
from conformance.pytest_plugin import judge
from conformance.report.record import Outcome, Record
from conformance.versions import pins
from workshop.matrix import check, html, outcomes, page

pytestmark = pytest.mark.at_the_newest

MATRIX = outcomes.read()
WITHOUT_A_DAG = "ANY-011"
"""It is about DAGs whose runs are tied to each other, and ours are not: that is advice against it."""
HERE = metadata.version("apache-airflow")


def record(pair: outcomes.Pair, outcome: Outcome) -> Record:
    """A record of a case that is about no DAG of the folder as a whole."""
    pattern = next(entry.pattern for entry in catalogue() if entry.case.id == pair[0])
    return Record(pair[0], pattern, pair[1], outcome, claim="", seconds=0)


@pytest.mark.parametrize("version", [pin.version for pin in pins()])
def test_every_case_was_tried_on_every_airflow(version: str) -> None:
    """Each case has an outcome on each version, none of which is a failure."""
    assert {case for case, _ in MATRIX[version]} == {entry.case.id for entry in catalogue()} - {WITHOUT_A_DAG}
    assert set(MATRIX[version].values()) <= {Outcome.passed, Outcome.deviation, Outcome.not_applicable}


def test_what_is_written_is_read_again() -> None:
    """Reading the file and writing it again changes nothing."""
    assert outcomes.written(MATRIX) == outcomes.FILE.read_text(encoding="utf-8")


def test_a_run_that_sees_the_same_is_fine() -> None:
    """What the matrix says is no difference."""
    assert check.differences(record(pair, outcome) for pair, outcome in _told().items()) == []


def test_a_run_that_sees_something_else_fails() -> None:
    """Another outcome, and a subject that the matrix does not know, are each a sentence that says what to do."""
    known = record(*next(iter(_told().items())))
    other = replace(known, outcome=Outcome.failed)
    new = replace(known, subject="somebody:new")

    assert check.differences([known, other]) == [
        f"fixtures/matrix.csv has passed for {known.case} {known.subject} on Airflow {HERE}, and it is failed: "
        "run `make docs`."
    ]
    assert "has nothing for" in check.differences([new])[0]


def test_the_run_itself_fails() -> None:
    """The plugin lets a run fail that saw something else, and no other."""
    known = record(*next(iter(_told().items())))

    assert _exit_status(known) == 0
    assert _exit_status(replace(known, outcome=Outcome.failed)) == 1


def test_no_two_claims_are_one_subject() -> None:
    """Each claim on a reference DAG has a name of its own, by which the matrix, and whoever tolerates it, knows it."""
    names = [(claim.pattern, claim.label) for claim in reader.read(DAGS / reader.FILE).claims]

    assert sorted(names) == sorted(set(names))


def test_rehearsals_of_other_dags_do_not_belong() -> None:
    """Of the cases that hold for every DAG, the matrix has those on the DAG that is theirs."""
    own = Record("ANY-002", "any-dag", "any_dag", Outcome.passed, "", 0, where="dags/any_dag.py:18")

    assert outcomes.seen([own]) == {("ANY-002", "any_dag"): Outcome.passed}
    assert outcomes.seen([replace(own, subject="retry", where="dags/retry.py:9")]) == {}


def test_where_versions_differ_comes_first() -> None:
    """The page begins with the cases that are not the same everywhere, and has each case once more in its pattern."""
    differ, everything = page.written(MATRIX).split("## What is known")

    assert "SENSOR" in differ or "RETRY" in differ
    for entry in catalogue():
        assert everything.count(f"| [{entry.case.id}](") == 1


def test_the_page_has_every_version_and_deviation() -> None:
    """The HTML page has a column for each version, and the link of each deviation that was seen."""
    text = html.written(MATRIX)

    assert all(f">{pin.minor}</th>" in text for pin in pins())
    assert "https://github.com/apache/airflow/issues/69678" in text
    assert ", begun " not in text  # by whose clock?
    assert len(text) < 5_000_000


def _told() -> outcomes.Seen:
    """What the matrix says of cases that are about one DAG or task, on the installed Airflow."""
    entries = {entry.case.id: entry.pattern for entry in catalogue()}
    return {pair: said for pair, said in MATRIX[HERE].items() if entries[pair[0]] == "retry"}


def _exit_status(of: Record) -> int:
    found, session = check.Check(), SimpleNamespace(exitstatus=0)
    report: Any = SimpleNamespace(user_properties=[(judge.KEY, {**vars(of), "outcome": of.outcome.value})])
    found.pytest_runtest_logreport(report)
    found.pytest_sessionfinish(session)  # type: ignore[arg-type]
    return int(session.exitstatus)
