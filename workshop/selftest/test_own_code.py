"""The pattern own-code: reference DAGs keep it, its findings tell no secret, and a run that fails proves nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.case import FoundInTask
from conformance.catalogue import catalogue
from conformance.claims.reader import Claims
from conformance.folder.parse import parse
from conformance.folder.survey import Folder
from conformance.pytest_plugin.case_simulator import simulator, what_was_kept
from conformance.pytest_plugin.plugin import under_test
from conformance.pytest_plugin.subjects import UnderTest
from conformance.roles.whole_dag import OwnCode
from conformance.sandbox import network
from conformance.sandbox.looks_secret import looks_secret
from conformance.sandbox.time_limit import OutOfTime
from conformance.simulator import Simulate, SimulatedRun, aws, simulate

pytestmark = pytest.mark.at_the_ends_of_each_line

CASES = {entry.case.id: entry.function for entry in catalogue() if entry.pattern == "own-code"}
FILE = Path(__file__).parent / "dags" / "own_code.py"


@pytest.fixture(scope="module")
def own(sandbox: None) -> Simulate:
    """`simulate` for the DAGs of own_code.py."""
    found, error = parse(FILE)
    assert error is None

    def simulated(dag: str, *scenario: Any, **options: Any) -> SimulatedRun:
        return simulate(found[dag], *scenario, **options)

    return simulated


def came_of(case: str, dag: str, own: Simulate) -> tuple[str, str]:
    """What came of a case on a DAG: "passed", "failed" or "skipped", and what it said."""
    try:
        CASES[case](own_code=OwnCode(dag=dag), simulate=own)
    except AssertionError as error:
        return "failed", str(error)
    except pytest.skip.Exception as error:
        return "skipped", str(error)
    return "passed", ""


@pytest.mark.parametrize("dag", ["external_store", "large_data", "large_data_in_groups"])
@pytest.mark.parametrize("case", CASES)
def test_reference_dags_keep_it(case: str, dag: str, simulate: Simulate, request: pytest.FixtureRequest) -> None:
    """Every case passes on the reference DAGs that store data, where verifying does not ask for it."""
    (own_code,) = [found for found in under_test(request.config).claims_of(OwnCode) if found.dag == dag]

    CASES[case](own_code=own_code, simulate=simulate)


@pytest.mark.parametrize(
    ("dag", "error"),
    [
        ("connects", "network access is refused during conformance runs: 192.0.2.1:80"),
        ("lacks_a_variable", "nobody_gave_it"),
    ],
)
def test_a_run_that_fails_is_told_and_proves_nothing(dag: str, error: str, own: Simulate) -> None:
    """Where the tasks' code fails, the first case says with what error, and the others are not run, in one line."""
    outcomes = {case: came_of(case, dag, own) for case in CASES}

    task = {"connects": "ask", "lacks_a_variable": "greet"}[dag]
    for case, (outcome, said) in outcomes.items():
        assert outcome == ("failed" if case == "OWN-001" else "skipped"), case
        assert f"{task}: " in said.splitlines()[0], case
        assert error in said.splitlines()[0], case
        assert not said.startswith("not applicable"), case
        assert case == "OWN-001" or len(said.splitlines()) == 1


def test_what_is_found_counts_although_the_run_fails(own: Simulate) -> None:
    """A secret in an XCom is a finding whatever becomes of the run, and its value is not told."""
    outcome, said = came_of("OWN-003", "leaks_and_fails", own)

    assert outcome == "failed"
    assert "leak hands over a text whose name ends in 'password' in XCom 'return_value'" in said
    assert "horse" not in said


def test_who_writes_nothing_overwrites_nothing(own: Simulate) -> None:
    """The cases about objects are not applicable to a DAG that writes none, and the others pass."""
    outcomes = {case: came_of(case, "writes_nothing", own) for case in CASES}

    nothing = ("skipped", "not applicable: it writes nothing to S3")
    no_mapped = ("skipped", "not applicable: no mapped task writes to S3")
    not_applicable = {"OWN-004": nothing, "OWN-005": nothing, "OWN-006": no_mapped}
    assert outcomes == {case: not_applicable.get(case, ("passed", "")) for case in CASES}


def test_who_removes_the_objects_of_others_is_told(own: Simulate) -> None:
    """A run that removes what another run wrote does not leave it alone."""
    outcome, said = came_of("OWN-004", "cleans_up", own)

    assert outcome == "failed"
    assert said.startswith("s3://reports/2024-01-02 is removed by the second run\n")


@pytest.mark.parametrize(
    ("dag", "said"),
    [
        ("writes_the_same", "s3://reports/_SUCCESS is overwritten by the second run\n"),
        ("shares_a_draft", "s3://reports/draft is overwritten by the second run\n"),
    ],
)
def test_that_two_runs_write_one_object_is_seen_whatever_is_in_it(dag: str, said: str, own: Simulate) -> None:
    """Two runs write one object also if it has the same bytes, or is gone in the end; the task is known."""
    with pytest.raises(FoundInTask) as caught:
        CASES["OWN-004"](own_code=OwnCode(dag=dag), simulate=own)

    assert str(caught.value).startswith(said)
    assert caught.value.task in ("mark", "draft")


@pytest.mark.parametrize(
    ("dag", "key", "by"),
    [
        ("names_all_results", r"\S+\.txt", ["store[0]", "store[1]", "store[2]"]),
        ("clears_the_folder", r"\S+/de", ["replace[0]", "replace[1]"]),
    ],
)
def test_that_instances_write_one_object_is_seen(dag: str, key: str, by: list[str], own: Simulate) -> None:
    """Instances of a mapped task meet in one object, also if it is written in a thread; each of them is named."""
    outcome, said = came_of("OWN-006", dag, own)

    assert outcome == "failed"
    assert re.match(rf"s3://reports/{key} is written by {re.escape(', '.join(by))}\n", said), said


def test_what_is_refused_and_swallowed_is_told(own: Simulate, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that goes on without what the sandbox keeps from it succeeds, and all that was kept from it is told."""
    monkeypatch.setattr(network, "_watched", FILE.parent)
    assert came_of("OWN-001", "does_without", own) == ("passed", "")

    outcome, said = came_of("OWN-007", "does_without", own)

    assert outcome == "failed"
    assert [re.sub(r"own_code.py:\d+", "own_code.py:1", line) for line in said.splitlines()] == [
        "rates reaches for 192.0.2.1:80, which is refused (dags/own_code.py:1)",
        "rates sends a mail, which is thrown away (dags/own_code.py:1)",
        "rates asks for the variable 'limit', which nobody gave (dags/own_code.py:1)",
    ]
    assert what_was_kept() == ""
    run = own("does_without", execute=True)
    assert f"  {said.splitlines()[0]}" in run.explain().splitlines()


def test_a_case_that_passes_without_it_is_told(own: Simulate, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept from the tasks of one case, in any of its runs, is told once, and not of the next case."""
    tested = UnderTest(Folder(FILE.parent, ()), Claims())
    found, _ = parse(FILE)
    monkeypatch.setattr(tested, "dag", found.__getitem__)

    simulator(tested)("does_without", execute=True)

    told = what_was_kept()
    assert told.startswith("without what the sandbox kept from it: rates reaches for 192.0.2.1:80, which is refused")
    assert what_was_kept() == ""


def test_what_came_to_no_end_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that could not be judged is not run again, nor is the same code in another run: each such case says so."""
    tried = []

    def hangs(dag: Any, *scenario: Any, **options: Any) -> None:
        tried.append(options)
        raise OutOfTime("could not be judged within 120 s")

    monkeypatch.setattr("conformance.simulator.alike.simulate", hangs)
    tested = UnderTest(Folder(FILE.parent, ()), Claims())
    monkeypatch.setattr(tested, "dag", lambda dag_id: dag_id)
    simulate = simulator(tested)

    with pytest.raises(OutOfTime):
        CASES["OWN-001"](own_code=OwnCode(dag="slow"), simulate=simulate)
    outcomes = {case: came_of(case, "slow", simulate) for case in CASES}

    assert len(tried) == 1
    why = "not tried again, for it came to no end before: could not be judged within 120 s"
    assert set(outcomes.values()) == {("skipped", why)}


def test_any_bucket_is_there(sandbox: None) -> None:
    """A bucket that nobody made is there when it is first spoken of, empty, and stays away once it is deleted."""
    import boto3
    from botocore.exceptions import ClientError

    with aws(any_bucket=True) as cloud:
        s3 = boto3.client("s3")
        s3.head_bucket(Bucket="new")
        s3.create_bucket(Bucket="own")
        s3.put_object(Bucket="own", Key="a/b", Body=b"c")
        found = cloud.everything()
        s3.delete_bucket(Bucket="new")
        with pytest.raises(ClientError, match="NoSuchBucket"):
            s3.list_objects_v2(Bucket="new")

    assert found == {"s3://own/a/b": b"c"}


PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        pytest.param({"a": [{"db_password": "x"}]}, ["a text whose name ends in 'password'"], id="deep"),
        pytest.param({"apiKey": "x"}, ["a text whose name ends in 'api_key'"], id="camel"),
        pytest.param({"X-Auth-Token": "x"}, ["a text whose name ends in 'token'"], id="header"),
        pytest.param({"AWS_SECRET_ACCESS_KEY": "x"}, ["a text whose name ends in 'access_key'"], id="variable"),
        pytest.param('{"client_secret": "x"}', ["a text whose name ends in 'secret'"], id="json"),
        pytest.param(("postgresql://me:it@db/x",), ["a URI with a password"], id="uri"),
        pytest.param("see redis://:it@cache", ["a URI with a password"], id="uri-without-user"),
        pytest.param("key AKIAABCDEFGHIJKLMNOP", ["an AWS access key id"], id="aws"),
        pytest.param(PEM, ["a private key (PEM)"], id="pem"),
        pytest.param({JWT: 1}, ["a JSON web token"], id="jwt-as-name"),
        pytest.param(["postgresql://me:it@a", "postgresql://me:it@b"], ["a URI with a password"], id="once"),
    ],
)
def test_a_secret_is_known_by_its_looks(value: object, kinds: list[str]) -> None:
    """What looks like a secret is found at any depth, and called by its kind."""
    assert looks_secret(value) == kinds


@pytest.mark.parametrize(
    "value",
    [
        {"password": ""},
        {"password": "***"},
        {"secret": "arn:aws:secretsmanager:eu-west-1:1:secret:a"},
        {"token": 3, "tokens": 5, "secret": None},
        {"NextToken": "x", "next_page_token": "x", "continuationToken": "x"},
        {"primary_key": "id", "public_key": "x", "key": "a/b", "secret_name": "shop"},
        "postgresql://me@db/x",
        "postgresql://me:***@db/x",
        "s3://bucket/a:b@c",
        "-----BEGIN PUBLIC KEY-----",
        "{not json",
        [1, 2.5, None, True, b"password"],
    ],
    ids=str,
)
def test_what_only_speaks_of_secrets_is_none(value: object) -> None:
    """The name of a secret, a place where a list goes on, and what is blotted out are no secrets."""
    assert looks_secret(value) == []
