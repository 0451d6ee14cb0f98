"""
Triggers ask AWS by the asynchronous client, and the mocked AWS answers: `tox run -e aws`.

Not called test_*.py: aiobotocore takes a few versions of botocore only, not that which Airflow 3.3 is pinned with, but
that of Airflow 3.1. The environment has both as they come from the index, not one that stands in for the other.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from conformance.folder.parse import parse
from conformance.simulator import simulate

FILE = Path(__file__).parent / "dags" / "asks_s3.py"
ANSWERS = {"read": "1,2,3", "list": ["one"], "miss": "NoSuchKey"}
"""What the task of each name gets from S3: the data of an object, the keys of a bucket, an error of its own."""


@pytest.fixture(scope="module")
def dag(sandbox: None) -> Any:
    """The DAG of asks_s3.py."""
    found, error = parse(FILE)
    assert error is None
    return found["asks_s3"]


@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_a_trigger_gets_what_is_in_s3(dag: Any, depth: Any) -> None:
    """A deferred task comes back with what its trigger asked S3 for by the asynchronous client."""
    run = simulate(dag, execute=True, depth=depth)

    assert {name: run.xcom(name) for name in ANSWERS} == ANSWERS, run.explain()


def test_moto_alone_answers_what_cannot_be_awaited(dag: Any) -> None:
    """Were the client not given an ordinary one to ask, its triggers would end in an error of its own."""
    with mock.patch("conformance.simulator.aws.asked_by", return_value=nullcontext()):
        run = simulate(dag, execute=True)

    assert {run.state_of(name) for name in ANSWERS} == {"failed"}, run.explain()
