"""Whatever is claimed of tasks that do nothing, every case has an answer: no error of ours stands in for one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import MISSING, fields
from functools import lru_cache
from importlib import metadata
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.catalogue import Entry, catalogue
from conformance.claims.fit import fit
from conformance.claims.kinds import kinds
from conformance.claims.reader import Claims
from conformance.errors import UserError
from conformance.folder.parse import parse
from conformance.folder.summary import summarise
from conformance.folder.survey import DagFile, Folder
from conformance.patterns.retry import Retry
from conformance.pytest_plugin.case_simulator import simulator
from conformance.pytest_plugin.subjects import UnderTest, reaches
from conformance.roles.claim import Claim
from conformance.roles.whole_dag import WholeDag
from conformance.versions import pins

pytestmark = pytest.mark.at_the_ends_of_each_line

FILE = Path(__file__).parent / "dags" / "bare.py"

ARMS = {"brancher": "branch", "arms": ("left", "right")}
ROLES: dict[str, list[dict[str, Any]]] = {
    "single-task": [{"task": "first"}, {"task": "left"}, {"task": "none"}],
    "serial": [{"tasks": ("first", "second")}, {"tasks": ("left", "join", "last")}, {"tasks": ("each", "none")}],
    "parallel": [{"tasks": ("left", "right")}, {"tasks": ("first", "make")}, {"tasks": ("none", "last")}],
    "branch": [{**ARMS, "shared": "left"}, {"gate": "gate", "guarded": ("each",), "later": "last"}],
    "merge": [{**ARMS, "join": "join"}, {**ARMS, "join": "last"}],
    "async-wait": [{"task": "left", "downstream": "join"}, {"task": "each", "downstream": "none"}],
    "fan-in": [{"join": "join", "upstreams": ("left", "right"), "required": ("left",), "either": ("left", "right")}],
    "watcher": [{"last": "last", "watched": ("left",), "watcher": "last", "retried": "left"}],
    "pass-data": [
        {"producer": "first", "consumer": "second", "puller": "last"},
        {"producer": "each", "consumer": "none", "puller": "last"},
    ],
    "xcom-size-limit": [{"task": "first"}, {"task": "left"}, {"task": "none"}],
    "xcom-object-storage": [{"producer": "first", "between": "left", "consumer": "last"}],
    "large-data": [{"writer": "first", "reader": "second"}, {"writer": "each", "reader": "none"}],
    "shared-data": [
        {"writer": "each", "total": "last", "winner": "none", "source": "first", "recorder": "left"},
        {"writer": "none", "total": "last", "winner": "each", "variable": "first"},
    ],
    "external-store": [{"source": "first", "writer": "last"}, {"source": "each", "writer": "none"}],
    "poll-for-job": [
        {"start": "first", "sensor": "sensor", "downstream": "gate"},
        {"start": "left", "sensor": "sensor", "downstream": "gate"},
    ],
    "sensor-timeout": [{"sensor": "sensor", "downstream": "gate"}],
    "sensor-result": [{"sensor": "sensor", "downstream": "gate"}],
    "retry": [{"task": "first"}, {"task": "left"}, {"task": "each"}, {"task": "none"}, {"task": "sensor"}],
    "parallel-failure": [
        {"siblings": ("left", "right"), "retried": "left", "needs_all": "join", "needs_one": "join", "always": "last"},
        {"siblings": ("each",), "each": "each", "collect": "last"},
    ],
    "chain-failure": [{"tasks": ("first", "second"), "recovery": "branch", "after": "left"}],
    "setup-teardown": [{"setup": "make", "work": ("work",), "teardown": "remove"}],
}
"""Who can play the roles of each pattern; not of third-party-packages, which starts an interpreter for every task."""

VALUES: dict[str, Any] = {
    "float": st.sampled_from([0.0, 1.0, 90.0]),
    "int": st.sampled_from([0, 1, 3]),
    "bool": st.booleans(),
    "str": st.just("s3://orders-export/status"),
}
BY_NAME: dict[str, Any] = {"bucket": st.just("orders-export"), "interval": st.sampled_from([1.0, 90.0])}

CASES: list[tuple[Entry, dict[str, Any]]] = [
    (entry, roles)
    for entry in catalogue()
    for roles in ROLES.get(entry.pattern, [])
    if all(name in roles or name not in kinds()[entry.pattern].roles for name in entry.case.needs)
]
TURNS = [pin.version for pin in pins()]
"""Each Airflow tries some of them, in turn, for together they take minutes."""

WHOLE = [entry for entry in catalogue() if issubclass(kinds()[entry.pattern], WholeDag)]

ANSWERS = (AssertionError, pytest.fail.Exception, pytest.skip.Exception)


@lru_cache(maxsize=1)
def bare() -> UnderTest:
    """The DAG of bare tasks, as if it were a folder of its own."""
    dags, error = parse(FILE)
    assert error is None
    return UnderTest(Folder(FILE.parent, (DagFile(FILE.name, summarise(dags, FILE.name, FILE.read_text())),)), Claims())


def turn() -> int:
    """The place of the installed Airflow among all; another one than these is as good as the first."""
    version = metadata.version("apache-airflow")
    return TURNS.index(version) if version in TURNS else 0


@st.composite
def claims(draw: st.DrawFn, kind: type[Claim], roles: dict[str, Any], needs: tuple[str, ...]) -> Claim:
    """A claim about bare tasks in these roles, which says what a case needs, and maybe more."""
    said: dict[str, Any] = {}
    for of in fields(kind):
        if of.name in {"dag", "since", *kind.groups} or (of.name in kind.roles and of.name not in roles):
            continue
        if of.default is not MISSING and of.name not in needs and draw(st.booleans()):
            continue
        if of.name in roles:
            said[of.name] = roles[of.name]
        else:
            said[of.name] = draw(BY_NAME.get(of.name, VALUES[str(of.type)]))
    return kind(dag="bare", **said)


@pytest.mark.parametrize(
    ("entry", "roles"), CASES[turn() :: len(TURNS)], ids=lambda value: getattr(getattr(value, "case", None), "id", "")
)
@settings(max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_case_has_an_answer(entry: Entry, roles: dict[str, Any], data: st.DataObject, sandbox: None) -> None:
    """A case passes, fails or does not apply, whatever is claimed of tasks that do nothing: it is never an error."""
    kind = kinds()[entry.pattern]
    claim = data.draw(claims(kind, roles, entry.case.needs))
    dag = bare().folder.dags["bare"]
    try:
        fit(claim, dag, "here")
    except UserError:
        return
    if not (claim.has(entry.case.needs) and reaches(entry.case.since)):
        return
    at_hand = {kind.argument(): claim, "simulate": simulator(bare()), "remark": lambda text: None}
    with suppress(*ANSWERS):
        entry.function(**{name: at_hand[name] for name in signature(entry.function).parameters})


@pytest.mark.parametrize("entry", WHOLE[turn() :: len(TURNS)], ids=lambda entry: entry.case.id)
def test_a_case_about_any_dag_has_an_answer(entry: Entry, sandbox: None) -> None:
    """What holds of every DAG without being claimed is answered, too, of each task that it is about."""
    argument, subjects = bare().subjects(entry.case, signature(entry.function).parameters)
    for subject in subjects:
        at_hand = {argument: subject, "simulate": simulator(bare()), "remark": lambda text: None}
        with suppress(*ANSWERS):
            entry.function(**{name: at_hand[name] for name in signature(entry.function).parameters})


@pytest.mark.parametrize("case", ["RETRY-003", "RETRY-004", "RETRY-005", "RETRY-006", "RETRY-011"])
def test_what_is_never_retried_waits_in_no_right_way(case: str, sandbox: None) -> None:
    """Where the claimed task has no retries, every case about the wait before one fails, and says so."""
    (function,) = (entry.function for entry in catalogue() if entry.case.id == case)
    claim = Retry(dag="bare", task="first", retries=3, delay=60, backoff_from=60, backoff_cap=300, backoff_factor=2)

    with pytest.raises(AssertionError, match=r"^first is never tried again\n +bare: run failed"):
        function(retry=claim, simulate=simulator(bare()))


def test_who_asks_when_a_task_started_that_never_did_hears_what_it_did(sandbox: None) -> None:
    """An instant that there is not is no mistake of the case: it fails, and the state table says what there was."""
    run = simulator(bare())("bare")

    with pytest.raises(AssertionError, match=r"'left' started 0 times on a worker; bare: run success"):
        run.starts("left")[0]
    assert run.starts("left") == []
