"""Proves that a report tells nothing of the machine it was made on."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from conformance.report.scrub import scrubber
from workshop.selftest import processes
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_the_newest

ENVIRONMENT = {
    "HOME": "/home/jo",
    "DEPLOY_REGION": "frankfurt-2b",
    "LANG": "C",
    "SHORT": "retry",
    "API_TOKEN": "t0k3n",
    "PEM": "-----BEGIN-----\nabcdefghijklmnop\n",
}
SCRUB = scrubber(Path("/home/jo/project/dags"), ENVIRONMENT, host="worker-7.example.org")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/jo/project/dags/orders.py:3 raised", "dags/orders.py:3 raised"),
        ("No such file: '/home/jo/data/in.csv'", "No such file: '<$HOME>/data/in.csv'"),
        ("in /usr/lib/python3.11/json/decoder.py, line 2", "in …/decoder.py, line 2"),
        ('File "/tmp/x y/z"', 'File "…/x y/z"'),
        ("region=frankfurt-2b.", "region=<$DEPLOY_REGION>."),
        ("wait_for_retry retry", "wait_for_retry retry"),
        ("header t0k3n", "header <$API_TOKEN>"),
        ("key abcdefghijklmnop", "key <$PEM>"),
        ("on worker-7.example.org and worker-7", "on <host> and <host>"),
        ("postgresql://joe:s3cr/e@t@db.internal:5432/x", "postgresql://***@db.internal:5432/x"),
        ("https://github.com/apache/airflow/pull/40915", "https://github.com/apache/airflow/pull/40915"),
        ("s3://bucket/a/b.csv", "s3://bucket/a/b.csv"),
        ("password=hunter2, user=joe", "password=***, user=joe"),
        ("{'api_key': 'abc def', 'x': 1}", "{'api_key': ***, 'x': 1}"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("'Error: /home/j...roject/x.py | y'", "'Error: ... | y'"),
        ("a hunter2... b", "a ... b"),
        ("Connecting...", "Connecting..."),
        ("1/2 of a/b, 3 // 4", "1/2 of a/b, 3 // 4"),
        ("pay  failed  tries 2  0s → 2m", "pay  failed  tries 2  0s → 2m"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    """Paths, values of the environment, the machine's name and secrets go; everything else stays as it is."""
    assert SCRUB(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pass_data: run success after 2s (finished)", "pass_data: run success after 2s (finished)"),
        ("get_token: failed by the scenario", "get_token: failed by the scenario"),
        ("passed: 3", "passed: 3"),
        ("get_token=abc", "get_token=***"),
        ("token: abc", "token: ***"),
        ("password_hash: abc", "password_hash: ***"),
        ("upstream_failed", "upstream_failed"),
        ("on success", "on success"),
    ],
)
def test_what_says_what_happened_is_left(text: str, expected: str) -> None:
    """
    An id that sounds like a secret hides nothing downstream of it, and no state is taken for a value of the
    environment.
    """
    environment = {"EXPECTED_STATE": "upstream_failed", "AUTH_ENDS": "success"}
    left = frozenset({"pass_data", "get_token", "success", "upstream_failed"})

    assert scrubber(Path("/dags"), environment, host="success", left=left)(text) == expected


def test_twice_is_once() -> None:
    """A text that was scrubbed has nothing left to scrub."""
    text = SCRUB("/home/jo/x/y.py a://b:c@d password=e worker-7 /usr/lib/x")

    assert SCRUB(text) == text


def test_nothing_known() -> None:
    """An empty environment takes nothing out."""
    assert scrubber(Path("/"), {}, host="localhost")("localhost says: a b") == "localhost says: a b"


TELLS = """
import os, socket
from airflow import DAG
raise RuntimeError(" | ".join([
    __file__, os.environ["HOME"], os.environ["DEPLOY_REGION"], socket.gethostname(), "mysql://joe:hunter2@db/x",
    "api_key=zzz999",
]))
"""


@pytest.mark.timeout(400)
def test_a_report_tells_nothing(tmp_path: Path) -> None:
    """What a DAG file says of its machine when it cannot be imported is not in the report, nor how to get to it."""
    for name in ("secret_place", "here"):
        (tmp_path / name).mkdir()
    write_files(tmp_path / "secret_place" / "dags", {"tells.py": TELLS})

    run = processes.verify(
        *("../secret_place/dags", "--case", "ANY-001"),
        cwd=tmp_path / "here",
        HOME=tmp_path / "secret_home",
        XDG_CACHE_HOME=os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"),
        DEPLOY_REGION="frankfurt-2b",
    )

    text = (tmp_path / "here" / "report.jsonl").read_text()
    told = (
        "dags/tells.py",
        "<$HOME>",
        "<$DEPLOY_REGION>",
        "mysql://***@db/x",
        "api_key=***",
        "verify dags --case ANY-001",
        '"where": "dags/tells.py:4"',
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert [word for word in told if word not in text] == []
    secrets = (str(tmp_path), "secret_", "frankfurt", "hunter2", "zzz999", f"| {socket.gethostname()} |")
    assert [word for word in secrets if word in text] == []
