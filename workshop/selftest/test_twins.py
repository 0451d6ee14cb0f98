"""Every case can fail: its broken twin, one mistake away from the reference DAG, makes exactly it fail."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest
from packaging.version import Version

from conformance import deviations
from conformance.catalogue import Entry, catalogue, twin
from conformance.claims import reader
from conformance.claims.kinds import kinds
from conformance.folder.parse import parse
from conformance.folder.probe import probe
from conformance.folder.summary import Probe, Problem, summarise
from conformance.folder.survey import DagFile, Folder, told_apart
from conformance.patterns.trigger_rules import TriggerRules
from conformance.pytest_plugin.case_simulator import simulator
from conformance.pytest_plugin.subjects import UnderTest, reaches
from conformance.roles.claim import Claim
from conformance.roles.whole_dag import WholeDag
from conformance.truth.asked_joins import Joins
from conformance.versions import pins
from workshop.selftest import twin_claims
from workshop.selftest.twin_claims import BROKEN

pytestmark = pytest.mark.at_both_ends

ENTRIES = catalogue()
TWINS = {entry.case.id: twin(entry) for entry in ENTRIES}


@pytest.fixture(scope="session")
def claims(sandbox: None) -> reader.Claims:
    """What is claimed of the twins."""
    return twin_claims.claims()


def alone(file: Path, claims: reader.Claims) -> UnderTest:
    """
    A twin as if it were a folder of its own. It does no harm, so it is parsed here and not in a process apart, unless a
    case may ask how it was imported.
    """
    files = [file, *sorted(BROKEN.glob(f"{file.stem}_*.py"))]  # one is wrong with another beside it only
    folder = told_apart(Folder(BROKEN, tuple(map(seen, files))))
    own = tuple(claim for claim in claims.claims if claim.dag == file.stem)
    since = {name: minor for name, minor in claims.since.items() if name == file.name}
    found = reader.Claims(own, since)
    reader.check(found, folder, BROKEN / reader.FILE)
    return UnderTest(folder, found)


def seen(file: Path) -> DagFile:
    """What is in a twin."""
    if file.name.startswith("any_dag"):
        found = probe(file)
    else:
        dags, error = parse(file)
        found = Probe(summarise(dags, file.name, file.read_text()), Problem("import-error", error) if error else None)
    return DagFile(file.name, found.dags, found.problem, found.seconds, found.asked, leaves=found.leaves)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.case.id)
def test_twin_fails_its_case_and_no_other(entry: Entry, claims: reader.Claims, joins: Joins) -> None:
    """
    The twin of a case fails that case, and passes every other case of the pattern that applies to it.

    The second half takes long and is about the cases, not about Airflow: each twin tries it on one version, in turn.
    """
    if not reaches(entry.case.since):
        pytest.skip(f"not applicable: needs Airflow {entry.case.since}")

    failed = {case for case, passes in outcomes(entry, claims, joins).items() if not passes}

    known = {case for case in failed if deviations.here(case)} - {entry.case.id}
    assert failed - known == {entry.case.id}


def outcomes(entry: Entry, claims: reader.Claims, joins: Joins) -> dict[str, bool]:
    """Whether the twin of a case passes each case of its pattern that applies to it, by their IDs."""
    file, rules = TWINS[entry.case.id], kinds()[entry.pattern] is TriggerRules
    broken = None if rules else alone(file, claims)
    at_hand = {"joins": joins, "simulate": broken and simulator(broken), "remark": lambda text: None}
    found = {}
    for other in neighbours(entry) if meets_its_neighbours_here(entry) else [entry]:
        arguments = other.function.__annotations__.keys()
        given = {asked: at_hand[asked] for asked in at_hand.keys() & arguments}
        if broken:
            name, subjects = broken.subjects(other.case, arguments)
            subjects = [subject for subject in subjects if reaches(getattr(subject, "since", ""))]
        else:
            table = TriggerRules(path=file)
            name, subjects = table.argument(), [table] if table.has(other.case.needs) else []
        if subjects:
            found[other.case.id] = all(passes(other, {name: subject, **given}) for subject in subjects)
    return found


def neighbours(entry: Entry) -> list[Entry]:
    """The cases of the pattern of a case that are no advice, which a twin need not follow, and the case itself."""
    pattern = [other for other in ENTRIES if other.pattern == entry.pattern]
    return [other for other in pattern if not other.case.advice or other.case.id == entry.case.id]


def meets_its_neighbours_here(entry: Entry) -> bool:
    """Whether it is this version's turn among those that have every case of the pattern."""
    since = max(Version(other.case.since) for other in neighbours(entry))
    versions = [pin.version for pin in pins() if Version(pin.version) >= since]
    return versions[ENTRIES.index(entry) % len(versions)] == metadata.version("apache-airflow")


def passes(entry: Entry, subject: dict[str, object]) -> bool:
    """Whether a case passes."""
    try:
        entry.function(**subject)
    except (AssertionError, pytest.fail.Exception):
        return False
    except pytest.skip.Exception:
        return True
    return True


def test_every_twin_belongs_to_a_case(claims: reader.Claims) -> None:
    """No file among the twins, and nothing that is claimed of them, is left over from a case that is gone."""
    files = {*BROKEN.glob("*.py"), *BROKEN.glob("*.csv")}

    beside = {other for file in TWINS.values() for other in BROKEN.glob(f"{file.stem}_*.py")}
    assert files == {*TWINS.values(), *beside}
    assert {claim.dag for claim in claims.claims} | {Path(name).stem for name in claims.since} | {
        *twin_claims.references()
    } <= {file.stem for file in files}


def test_a_twin_says_no_more_than_it_must(claims: reader.Claims) -> None:
    """Every twin is claimed of; what a twin says for itself is not what is claimed of its reference DAG anyway."""
    own: dict[tuple[str, str], list[Claim]] = {}
    for claim in reader.read(BROKEN / reader.FILE).claims:
        own.setdefault((claim.pattern, claim.dag), []).append(claim)
    claimed = {claim.dag for claim in claims.claims}
    whole = {twin(entry).stem for entry in ENTRIES if issubclass(kinds()[entry.pattern], WholeDag)}
    rules = {path.stem for path in BROKEN.glob("*.csv")}

    assert {path.stem for path in TWINS.values()} - claimed == whole | rules
    assert [dag for dag, said in own.items() if said == [*twin_claims.taken(*dag)]] == []


@pytest.mark.parametrize("path", sorted(TWINS.values()), ids=lambda path: path.stem)
def test_a_twin_says_what_is_wrong_with_it(path: Path) -> None:
    """A twin begins with a sentence that names its one mistake."""
    assert path.read_text().startswith(('"""The mistake: ', "# The mistake: "))
