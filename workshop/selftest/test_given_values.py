"""Variables and Connections from files reach the DAGs on every Airflow, and their values reach no report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.errors import UserError
from conformance.folder.parse import parse
from conformance.folder.probe import probe
from conformance.folder.summary import DagSummary
from conformance.folder.survey import DagFile, Folder
from conformance.pytest_plugin.redact import hide
from conformance.sandbox.given_values import Given, missing, read
from conformance.simulator import simulate

FILE = Path(__file__).parent / "dags" / "given.py"
VARIABLES = {"given_id": "given", "sizes": {"value": {"large": 4711}, "description": "of boxes"}, "is_new": True}
CONNECTIONS = {
    "warehouse": "postgres://me:pa%2Fssword@db.example:5432/stock?role=reader",
    "lake": {"conn_type": "aws", "login": "someone", "password": None, "extra": {"role": "writer"}},
}


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """What the two files above give."""
    for name, content in (("v.json", VARIABLES), ("c.json", CONNECTIONS)):
        (tmp_path / name).write_text(json.dumps(content))
    return read(tmp_path / "v.json", tmp_path / "c.json")


def test_what_is_given_is_there(given: Given, sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DAG file finds Variables and Connections that were given while it is imported, and its tasks while they run."""
    for name, value in given.environment.items():
        monkeypatch.setenv(name, value)
    (child,) = probe(FILE).dags
    dags, error = parse(FILE)

    run = simulate(dags["given"], execute=True)

    assert (child.dag_id, error) == ("given", None)
    assert run.xcom("ask") == ["pa/ssword", 5432, "someone", "writer", 4711], run.explain()


def test_what_is_missing_is_one_clear_finding(sandbox: None) -> None:
    """A DAG file that needs a Variable that is not there is told which one, and how to give it."""
    problem = probe(FILE).problem

    assert problem is not None
    assert problem.message == (
        "asks for the Airflow Variable 'given_id' while it is imported: give it with --variables FILE "
        "(dags/given.py:18)"
    )


@pytest.mark.parametrize(
    ("message", "trace", "said"),
    [
        (
            "KeyError: 'Variable a b does not exist'",
            "",
            "Variable 'a b' while it is imported: give it with --variables",
        ),
        ("x: VARIABLE_NOT_FOUND: {'message': 'Variable a not found'}", "", "Variable 'a' "),
        ("x.AirflowNotFoundException: The conn_id `a` isn't defined", "", "Connection 'a' "),
        (
            "ImportError: cannot import name 'SUPERVISOR_COMMS' from 'x'",
            "line 3, in _get_variable",
            "an Airflow Variable",
        ),
        ("ImportError: cannot import name 'SUPERVISOR_COMMS' from 'x'", "line 3, in other", None),
        ("KeyError: 'a'", "The conn_id `{conn_id}` isn't defined", None),
    ],
)
def test_each_airflow_says_it_in_its_own_way(message: str, trace: str, said: str | None) -> None:
    """Whatever Airflow's words for a missing Variable or Connection are, it is recognised, and nothing else is."""
    found = missing(message, trace)

    assert found is None if said is None else found and said in found


def test_lines_are_an_object_too(tmp_path: Path) -> None:
    """A file whose name ends in .env gives what its lines say, up to comments and empty lines."""
    (tmp_path / "v.env").write_text("# mine\n\nBUCKET=orders=2024\nsize=3\n")

    assert read(tmp_path / "v.env", None).environment == {"AIRFLOW_VAR_BUCKET": "orders=2024", "AIRFLOW_VAR_SIZE": "3"}


def test_no_value_is_seen(given: Given) -> None:
    """A text is told without any value that was given, be it a part of an object or of a URI."""
    told = given.hide(
        "pa/ssword pa%2Fssword db.example reader writer someone 4711 stock given True aws 5432 " + repr(given)
    )

    assert told.startswith("*** *** *** *** *** *** *** *** *** True aws 5432 Given(")
    assert not [secret for secret in given.secrets if secret in told]


ORDINARY = {
    "expected": "success",
    "rule": "all_done",
    "shop": "acme",
    "step": "started",
    "lake": "s3://acme/orders",
    "short": "fail",
    "api_token": "finished",
    "note": "spoken",
}


def test_words_that_say_what_happened_are_left(tmp_path: Path) -> None:
    """States, rules, ids and words of ours stay; one of our words that is a secret by its name goes all the same."""
    (tmp_path / "v.json").write_text(json.dumps(ORDINARY))
    found = read(tmp_path / "v.json", None)
    told = "acme: run success (finished), never started: all_done all_success failed s3://acme s3://acme/orders spoken"
    folder = Folder(tmp_path, (DagFile("a.py", (DagSummary("acme", "a.py", 1, ()),)),))

    expected = "acme: run success (***), never started: all_done all_success failed s3://acme *** ***"
    assert hide(told, found, folder) == expected
    assert hide(told, Given(), folder) == told


def test_a_bucket_is_no_secret(tmp_path: Path) -> None:
    """Of a URI without credentials no part is hidden for itself, of one with credentials every part is."""
    (tmp_path / "v.json").write_text(json.dumps({"a": "s3://acme/orders", "b": "x://me:hunter2@shop/stock"}))

    found = read(tmp_path / "v.json", None)

    assert (
        found.hide("s3://acme/orders/1 in acme, orders, hunter2, shop, stock") == "***/1 in acme, orders, ***, ***, ***"
    )


def test_it_can_be_given_again(given: Given) -> None:
    """The command that reproduces a finding names the files, not what is in them."""
    assert [word for word in given.options.split() if word.startswith("--")] == ["--variables", "--connections"]
    assert given.options.count(".json") == 2
    assert Given().options == ""


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("c.json", None, "c.json cannot be read (No such file or directory): name a file"),
        ("c.json", b"\xff", "c.json cannot be read (it is not text)"),
        ("c.json", b'{"a": "hidden"', "c.json, line 1: this is not JSON ("),
        ("c.json", b'["hidden"]', "c.json: write a JSON object of names and values, or lines NAME=value"),
        ("c.env", b"hidden\n", "c.env, line 1: write NAME=value, and each name once."),
        ("c.env", b"a=x://b\na=x://hidden\n", "c.env, line 2: write NAME=value, and each name once."),
        ("c.json", b'{"a": "hidden"}', "connection 'a': write a URI, such as postgres://host/schema, or an object."),
        (
            "c.json",
            b'{"a": {"pasword": "hidden"}}',
            "connection 'a': nothing is called 'pasword': use one of 'conn_id', ",
        ),
        ("c.json", b'{"a": "x://y", "A": "x://hidden"}', "c.json: 'A' cannot be given: its name must be another"),
        ("c.json", b'{"a=b": "x://hidden"}', "c.json: 'a=b' cannot be given"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, name: str, content: bytes | None, sentence: str) -> None:
    """A file that gives nothing, or not what it should, is one sentence that shows no value."""
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(UserError) as caught:
        read(None, tmp_path / name)

    assert sentence in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)
