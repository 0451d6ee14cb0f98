"""The specification is in order: its cases, the known deviations, its index, and what each part may import."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from conformance import paths
from conformance.catalogue import Entry, catalogue
from conformance.claims.kinds import kinds
from conformance.deviations import Deviation, Fact, deviations, facts
from conformance.folder.survey import DagFile
from conformance.patterns import ORDER
from conformance.roles.whole_dag import AnyDag
from conformance.truth import rules
from conformance.versions import pins
from workshop import docs
from workshop.selftest.processes import loaded_by

MODULES = sorted(path for path in paths.PATTERNS.glob("*.py") if path.stem != "__init__")
REFERENCE_DAGS = sorted(paths.DAGS.glob("*.py"))
ROOT = paths.PACKAGE.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LONGEST_MODULE = 320
LONGER = {"conformance/patterns/any_dag.py": 400}
"""What waits to be split, and may not grow until then."""

each_case = pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.case.id)
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
each_reference_dag = pytest.mark.parametrize("path", REFERENCE_DAGS, ids=lambda path: path.stem)
each_deviation = pytest.mark.parametrize("deviation", deviations(), ids=lambda deviation: deviation.case)
each_fact = pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.name)


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """The full name of everything a file imports, wherever in it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def sayable(pattern: str) -> set[str]:
    """The fields of a pattern's claims, and what follows from them."""
    kind = kinds()[pattern]
    kinds_of_subjects = [kind, DagFile] if kind is AnyDag else [kind]
    follows = (vars(one).items() for one in kinds_of_subjects)
    return {*kind.settings(), *(name for items in follows for name, found in items if isinstance(found, property))}


# --- cases ------------------------------------------------------------------------------------------------------------


def test_every_module_has_its_place_in_the_learning_order() -> None:
    """The learning order names every pattern module once, and so does, in the same order, what can be claimed."""
    assert sorted(ORDER) == [path.stem for path in MODULES]
    assert [name.replace("-", "_") for name in kinds()] == list(ORDER)


@each_module
def test_every_test_is_a_case(path: Path) -> None:
    """Every test of a pattern module is a case, every case is a test, and none hides another of the same name."""
    functions = [node.name for node in parsed(path).body if isinstance(node, ast.FunctionDef)]
    tests = [name for name in functions if name.startswith("test_")]

    assert tests == [entry.function.__name__ for entry in catalogue() if entry.module == path.stem]


@each_module
def test_a_module_names_its_reference_dag(path: Path) -> None:
    """A pattern module begins with the pattern's name and names a reference DAG that exists."""
    doc = ast.get_docstring(parsed(path)) or ""
    named = re.search(r"^Reference DAG: (\S+\.py|all of them)(\s|$)", doc, re.MULTILINE)

    assert doc.partition(": ")[0].lower().replace(" ", "-") == path.stem.replace("_", "-")
    assert named
    assert named[1] == "all of them" or (paths.DAGS / Path(named[1]).name).is_file()


def test_ids_say_which_pattern_they_belong_to() -> None:
    """The IDs of a pattern share a prefix that is the beginning of its name and of no other pattern's IDs."""
    prefixes = {
        name: {entry.case.id.partition("-")[0] for entry in entries}
        for name, entries in groupby(catalogue(), lambda entry: entry.pattern)
    }

    assert all(len(found) == 1 for found in prefixes.values()), prefixes
    assert len(set.union(*prefixes.values())) == len(prefixes), prefixes
    assert [name for name, (prefix,) in prefixes.items() if not name.replace("-", "").upper().startswith(prefix)] == []


@each_module
def test_ids_increase(path: Path) -> None:
    """The cases of a pattern stand in the order of their numbers, each number once."""
    numbers = [entry.case.id.partition("-")[2] for entry in catalogue() if entry.module == path.stem]

    assert numbers == sorted(set(numbers))


@each_case
def test_a_case_is_one_sentence(entry: Entry) -> None:
    """What a case claims is one sentence; what it says of a failure ends like a sentence, too."""
    claim = entry.case.claim

    assert claim.endswith(".")
    assert not re.search(r"[.!?]\s+[A-Z`]", claim)
    assert "If this fails" not in claim
    assert entry.case.if_this_fails.endswith(".")


@each_case
def test_a_case_speaks_of_known_versions(entry: Entry) -> None:
    """The first Airflow that a case speaks of is one that the kit has pins for."""
    assert entry.case.since in {pin.minor for pin in pins()}


@each_case
def test_a_case_needs_what_can_be_claimed(entry: Entry) -> None:
    """What a case needs is a field of its pattern's claims, or something that follows from the fields."""
    assert set(entry.case.needs) <= sayable(entry.pattern)


# --- deviations -------------------------------------------------------------------------------------------------------


@each_deviation
def test_a_deviation_is_from_a_case(deviation: Deviation) -> None:
    """A deviation names a case that exists, and only fields that the case's claims can have."""
    (entry,) = [entry for entry in catalogue() if entry.case.id == deviation.case]

    assert set(deviation.needs) <= sayable(entry.pattern)


@each_fact
def test_a_fact_is_of_some_versions(fact: Fact) -> None:
    """The version range of a fact holds an Airflow that the kit has pins for, and does not hold all of them."""
    found = [pin for pin in pins() if fact.holds(pin.version)]

    assert 0 < len(found) < len(pins())


@each_fact
def test_a_fact_can_be_looked_up(fact: Fact) -> None:
    """A fact says in a sentence what is seen, and where it was reported, or that it was not; some case notices it."""
    assert fact.seen.endswith(".")
    assert fact.link == "not reported" or re.fullmatch(r"https://\S+/\S+", fact.link)
    assert fact.cases


def test_a_fact_has_a_name_of_its_own() -> None:
    """No two facts have one name, whether a case notices them or a truth table does."""
    names = [fact.name for fact in (*facts(), *rules.facts().values())]

    assert len(names) == len(set(names))


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_index_is_current() -> None:
    """`docs/specification.md` says what the code says."""
    assert docs.PAGE.read_text(encoding="utf-8") == docs.specification(), "run `make docs`"


def test_a_stale_index_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` leaves a page that is not current as it is, names it, and exits 1."""
    stale = tmp_path / "specification.md"
    stale.write_text("# Yesterday\n")
    monkeypatch.setattr(docs, "PAGE", stale)
    monkeypatch.setattr(sys, "argv", ["docs", "--check"])

    assert docs.main() == 1
    assert "specification.md is not what the code says" in capsys.readouterr().err
    assert stale.read_text() == "# Yesterday\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link from one of our pages to a file or a heading of ours leads there."""
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8"))
    broken = []
    for file, heading in links:
        target = page.parent / file if file else page
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if heading and target.is_file() else []
        anchors = {re.sub(r"[^\w\- ]", "", text).lower().replace(" ", "-") for text in headings}
        if not target.exists() or (heading and heading not in anchors):
            broken.append(f"{file}#{heading}")

    assert broken == []


@each_case
def test_the_changelog_lists_every_case(entry: Entry) -> None:
    """A case is listed in the changelog, under the version that brought it."""
    assert entry.case.id in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# --- the house --------------------------------------------------------------------------------------------------------


@each_module
def test_a_pattern_imports_no_airflow(path: Path) -> None:
    """A pattern module imports nothing of Airflow's, and uses nobody's private names."""
    names = list(imported(path))
    attributes = [node.attr for node in ast.walk(parsed(path)) if isinstance(node, ast.Attribute)]

    assert [name for name in names if name.partition(".")[0] == "airflow"] == []
    assert [name for name in names if not name.startswith("__future__") and "._" in f".{name}"] == []
    assert [name for name in attributes if name.startswith("_")] == []


def test_the_report_needs_neither_airflow_nor_pytest() -> None:
    """Whoever reads a report needs neither Airflow nor pytest."""
    modules = [f"conformance.report.{path.stem}" for path in (paths.PACKAGE / "report").glob("[a-z]*.py")]

    assert loaded_by(*modules) & {"airflow", "pytest", "_pytest"} == set()


def test_the_index_needs_no_airflow() -> None:
    """The specification can be read and its index be written where there is no Airflow."""
    patterns = [f"conformance.patterns.{name}" for name in ORDER]

    assert "airflow" not in loaded_by("workshop.docs", *patterns)


@each_reference_dag
def test_a_reference_dag_can_be_copied(path: Path) -> None:
    """A reference DAG does not import the kit: what people copy runs on Airflow alone."""
    assert [name for name in imported(path) if name.partition(".")[0] == "conformance"] == []


@each_reference_dag
def test_a_reference_dag_says_what_it_is_for(path: Path) -> None:
    """A reference DAG begins with a docstring: what it is, then when to use it."""
    assert "\n\n" in (ast.get_docstring(parsed(path)) or "")


def test_modules_are_short() -> None:
    """No module of the kit has more lines than a person reads in one go."""
    modules = (path for path in paths.PACKAGE.rglob("*.py") if "selftest" not in path.parts)
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules}

    assert {path: length for path, length in lengths.items() if length > LONGER.get(path, LONGEST_MODULE)} == {}
