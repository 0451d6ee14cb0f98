"""Proves that the published schema says of a report's lines what the reader says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.errors import UserError
from conformance.report import schema
from conformance.report.record import read
from workshop.selftest.samples import EACH, report

pytestmark = pytest.mark.at_the_newest

SCHEMA = json.loads(schema.FILE.read_text(encoding="utf-8"))
VALID = Draft202012Validator(SCHEMA)


@pytest.fixture
def lines(tmp_path: Path) -> list[dict[str, Any]]:
    """The lines of a report that has all there can be."""
    report(tmp_path, *EACH)
    return [json.loads(line) for line in (tmp_path / "3.3.2.jsonl").read_text().splitlines()]


def test_the_schema_is_current() -> None:
    """The published file is a schema, and the one that follows from the code."""
    Draft202012Validator.check_schema(SCHEMA)

    assert schema.FILE.read_text(encoding="utf-8") == schema.written(), "run `python -m workshop.docs`"


def test_every_line_is_valid(lines: list[dict[str, Any]]) -> None:
    """Header, DAG, records of every outcome and footer are what the schema says."""
    assert {line["kind"] for line in lines} == {"header", "dag", "record", "footer"}
    assert [error.message for line in lines for error in VALID.iter_errors(line)] == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("header", {"providers": ["standard"]}),
        ("header", {"airflow": 3.3}),
        ("header", {"host": "worker-7"}),
        ("dag", {"tasks": {}}),
        ("dag", {"tasks": [{"task": "a"}]}),
        ("record", {"outcome": "skipped"}),
        ("record", {"seconds": "1"}),
        ("record", {"seconds": True}),
        ("record", {"message": None}),
        ("footer", {"counts": {"passed": 1.5}}),
        ("footer", {"complete": 1}),
        ("footer", {"verdict": "fine"}),
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(
    kind: str, change: dict[str, Any], lines: list[dict[str, Any]], tmp_path: Path
) -> None:
    """A value of another type, an unknown field or a missing one is refused by both."""
    altered = [{**line, **change} if line["kind"] == kind else line for line in lines]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(line) + "\n" for line in altered))

    assert not all(map(VALID.is_valid, altered))
    with pytest.raises(UserError, match=f"not a {kind} this version of the kit understands"):
        read(tmp_path / "x.jsonl")


def test_what_is_no_number_is_refused(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    """NaN, which Python reads and JSON does not know, is refused."""
    text = "".join(json.dumps(line) + "\n" for line in lines).replace('"seconds": 0.25', '"seconds": NaN')
    (tmp_path / "x.jsonl").write_text(text)

    with pytest.raises(UserError, match="nan is no number"):
        read(tmp_path / "x.jsonl")
