"""The cases that hold for every DAG find what they are about, tell it, and find nothing else."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from conformance.catalogue import catalogue
from conformance.claims import reader
from conformance.folder.parse import parse
from conformance.folder.summary import summarise
from conformance.folder.survey import DagFile, Folder
from conformance.pytest_plugin.case_simulator import simulator
from conformance.pytest_plugin.subjects import UnderTest
from conformance.roles.whole_dag import AnyDag
from conformance.seam.api import airflow_version
from conformance.simulator import fail, fail_for_good, simulate, skip, takes

ENTRIES = {entry.case.id: entry for entry in catalogue() if entry.pattern == "any-dag"}
FILE = Path(__file__).parent / "dags" / "whole.py"


@pytest.fixture(scope="module")
def tested(sandbox: None) -> UnderTest:
    """The DAGs of whole.py, under test."""
    dags, error = parse(FILE)
    assert error is None
    seen = DagFile(FILE.name, summarise(dags, FILE.name, FILE.read_text()), None, 0.0, ())
    return UnderTest(Folder(FILE.parent, (seen,)), reader.Claims())


def came_of(case: str, dag: str, tested: UnderTest) -> dict[str, str]:
    """What a case says first of each of its subjects in one DAG, by the task; empty if it passes."""
    entry, found = ENTRIES[case], {}
    name, subjects = tested.subjects(entry.case, entry.function.__annotations__)
    given = {"simulate": simulator(tested), "remark": lambda text: None}
    for subject in (one for one in subjects if isinstance(one, AnyDag) and one.dag == dag):
        words: dict[str, Any] = {asked: given[asked] for asked in given.keys() & entry.function.__annotations__}
        try:
            entry.function(**{name: subject, **words})
            found[subject.task] = ""
        except (AssertionError, pytest.fail.Exception) as error:
            found[subject.task] = str(error).splitlines()[0]
    return found


def failed(case: str, dag: str, tested: UnderTest) -> set[str]:
    """The tasks with which a case fails."""
    return {task for task, said in came_of(case, dag, tested).items() if said}


@pytest.mark.parametrize(
    ("dag", "hidden"),
    [
        ("guard", {"load"}),
        ("chain_of_ifs", {"pick_format", "load"}),
        ("raises_whatever_happened", {"late"}),
        ("skips_after_a_failure", {"load"}),
        ("watched", set()),
        ("watched_by_an_operator", set()),
    ],
)
def test_a_watcher_raises_on_every_path_and_only_after_a_failure(dag: str, hidden: set[str], tested: UnderTest) -> None:
    """A guard, a chain of ifs, a placeholder and what skips are no watchers, and hide no failure from ANY-003."""
    assert failed("ANY-003", dag, tested) >= hidden
    assert bool(failed("ANY-003", dag, tested)) == bool(hidden)


def test_what_was_not_chosen_is_skipped(tested: UnderTest) -> None:
    """A branch, or a short circuit, that tells Airflow nothing fails, because what it did not choose runs."""
    assert failed("ANY-004", "unskipped_arm", tested) == {"pick"}
    assert failed("ANY-005", "unskipped_work", tested) == {"any_orders"}


def test_the_join_next_to_the_arms_is_explained(tested: UnderTest) -> None:
    """Of the tasks that do not run, the one that makes the others not run is told, with what its rule lacks."""
    said = came_of("ANY-004", "far_join", tested)["pick"]

    assert said.startswith(
        "'join' never runs when 'pick' chooses 'fast' (trigger_rule all_success; use none_failed_min"
    )


@pytest.mark.parametrize("rule", ["one_success", "one_failed", "always", "all_success", "directly"])
def test_a_teardown_waits_for_all_of_the_work(rule: str, tested: UnderTest) -> None:
    """Up to 3.1 a teardown does not wait for work that is only indirectly before it, and that is found."""
    early = rule != "directly" and airflow_version() < (3, 2)

    assert failed("ANY-010", f"torn_down_{rule}", tested) == ({"drop"} if early else set())


TIED = [
    (f"{tie}_{with_}_catchup_{most}", most)
    for tie in ("depends_on_past", "wait_for_downstream")
    for with_ in ("with", "without")
    for most in (16, 1)
] + [("catchup_by_default", 16)]


@pytest.mark.parametrize(("dag", "most"), TIED, ids=lambda value: str(value))
def test_runs_that_are_tied_to_each_other_are_told(dag: str, most: int, tested: UnderTest) -> None:
    """With catch-up and without, a run waits for one at work, and never ends after one that failed."""
    said = came_of("ANY-011", dag, tested)[""]

    at_work = "; waits for a run that is at work" if most > 1 else ""
    assert said == f"load: never ends after a run that has failed{at_work}"


def test_only_runs_of_a_schedule_are_scheduled(tested: UnderTest) -> None:
    """Without a schedule both runs are manual, and with catch-up Airflow lets no run wait for a manual one."""
    assert came_of("ANY-011", "manual_runs_alone", tested) == {"": ""}


@pytest.mark.parametrize("dag", [dag for dag, _ in TIED])
def test_a_run_goes_on_after_one_that_skipped(dag: str, tested: UnderTest) -> None:
    """What was skipped in the earlier run stops nobody; what failed there stops the later run for good."""
    found = tested.dag(dag)

    assert simulate(found, beside=(skip("load"),)).went_well
    assert simulate(found, beside=(takes("load", hours=1),)).seconds == 3600
    assert simulate(found, beside=(fail_for_good("load"),)).end.startswith("deadlock")


@pytest.mark.parametrize("task", ["constant", "growing", "limited", "at_once"])
def test_airflow_says_how_long_it_waits_before_each_retry(task: str, tested: UnderTest) -> None:
    """What Airflow answers when it is asked is what it does when all tries are played."""
    found = tested.dag("tried_again")
    played = simulate(found, fail(task), others_empty=True)

    assert simulator(tested).retry_waits("tried_again", task) == played.waits(task)


def test_a_thousand_retries_cost_nothing(tested: UnderTest) -> None:
    """Eleven hundred retries are judged in the time of a few, and that they take 137 days is advice."""
    simulate(tested.dag("tried_again"))
    start = perf_counter()

    assert came_of("ANY-007", "tried_again", tested).keys() >= {"for_ever"}
    assert came_of("ANY-021", "tried_again", tested) == {
        "constant": "",
        "growing": "",
        "limited": "",
        "at_once": "",
        "for_ever": "'for_ever' gives up after 1101 tries and 137d 12h",
    }
    assert perf_counter() - start < 20


def test_what_is_deferred_waits_for_no_slot(tested: UnderTest) -> None:
    """A deferrable task occupies no slot while it waits, and is no reason for advice."""
    assert came_of("ANY-017", "deferred_in_a_pool", tested)[""] == "waits for a slot: 'load' in pool 'warehouse'"


@pytest.mark.parametrize(
    ("case", "dag", "found"),
    [
        ("ANY-018", "nothing_done", {"file"}),
        ("ANY-018", "something_done", set()),
        ("ANY-019", "cleans_up_behind_a_branch", {"pick"}),
        ("ANY-024", "drops_behind_the_work", {"drop_table"}),
        ("ANY-024", "drops_whatever_happens", set()),
        ("ANY-024", "drops_something_else", set()),
        ("ANY-024", "deletes_by_operator", {"after"}),
    ],
)
def test_what_ends_well_is_not_always_well(case: str, dag: str, found: set[str], tested: UnderTest) -> None:
    """A run that did nothing, a task that is skipped but was to run whatever happens, and what is left, are told."""
    assert failed(case, dag, tested) == found
