"""Every case can fail: its broken twin, one mistake away from the reference DAG, makes exactly it fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import deviations
from conformance.case_simulator import simulator
from conformance.catalogue import Entry, catalogue, twin
from conformance.claims import reader
from conformance.claims.folder import DagFile, survey
from conformance.claims.roles import PATTERNS, Claim, TriggerRules
from conformance.paths import FIXTURES
from conformance.plugin import room
from conformance.simulator.seam import LAST, airflow_version
from conformance.truth.seen import Joins
from conformance.under_test import UnderTest, reaches

BROKEN = FIXTURES / "broken"
TWINS = {entry.case.id: twin(entry) for entry in catalogue()}


@pytest.fixture(scope="session")
def broken(sandbox: None, request: pytest.FixtureRequest) -> UnderTest:
    """The folder of twins, which the processes of one test run survey once."""
    found, path = survey(BROKEN, room(request.config) / "survey-of-twins.json"), BROKEN / reader.FILE
    claims = reader.read(path)
    reader.check(claims, found, path)
    return UnderTest(found, claims)


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.case.id)
def test_twin_fails_its_case_and_no_other(entry: Entry, broken: UnderTest, joins: Joins) -> None:
    """
    The twin of a case fails that case, and passes every other case of the pattern that applies to it.

    The second half takes long, and is tried on the newest Airflow.
    """
    if not reaches(entry.case.since):
        pytest.skip(f"not applicable: needs Airflow {entry.case.since}")

    failed = {case for case, passes in outcomes(entry, broken, joins).items() if not passes}

    known = {case for case in failed if deviations.here(case)} - {entry.case.id}
    assert failed - known == {entry.case.id}


def outcomes(entry: Entry, broken: UnderTest, joins: Joins) -> dict[str, bool]:
    """Whether the twin of a case passes each case of its pattern that applies to it, by their IDs."""
    file = TWINS[entry.case.id]
    at_hand = {"joins": joins, "simulate": simulator(broken), "remark": lambda text: None}
    found = {}
    others = [other for other in catalogue() if is_neighbour(other, entry) and reaches(other.case.since)]
    for other in others if airflow_version()[:2] == LAST else [entry]:
        arguments = other.function.__annotations__.keys()
        name, subjects = broken.subjects(other.case, arguments)
        if PATTERNS[entry.pattern] is TriggerRules:
            subjects = [rules for rules in [TriggerRules(path=file)] if rules.has(other.case.needs)]
        mine = [subject for subject in subjects if is_about(subject, file)]
        given = {asked: at_hand[asked] for asked in at_hand.keys() & arguments}
        if mine:
            found[other.case.id] = all(passes(other, {name: subject, **given}) for subject in mine)
    return found


def is_about(subject: DagFile | Claim, file: Path) -> bool:
    """Whether a subject is a twin, or the DAG in it, and can be looked at here."""
    if isinstance(subject, DagFile):
        return subject.path == file.name
    return isinstance(subject, TriggerRules) or (subject.dag == file.stem and reaches(subject.since))


def is_neighbour(other: Entry, entry: Entry) -> bool:
    """Whether a case is of the same pattern and no advice, which a twin need not follow; or the case itself."""
    return other.case.id == entry.case.id or (other.pattern == entry.pattern and not other.case.advice)


def passes(entry: Entry, subject: dict[str, object]) -> bool:
    """Whether a case passes."""
    try:
        entry.function(**subject)
    except (AssertionError, pytest.fail.Exception):
        return False
    except pytest.skip.Exception:
        return True
    return True


def test_every_twin_belongs_to_a_case() -> None:
    """No file among the twins is left over from a case that is gone."""
    files = {*BROKEN.glob("*.py"), *BROKEN.glob("*.csv")}

    assert files == set(TWINS.values())


@pytest.mark.parametrize("path", sorted(TWINS.values()), ids=lambda path: path.stem)
def test_a_twin_says_what_is_wrong_with_it(path: Path) -> None:
    """A twin begins with a sentence that names its one mistake."""
    assert path.read_text().startswith(('"""The mistake: ', "# The mistake: "))
