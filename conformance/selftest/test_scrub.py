"""Proves that a report tells nothing of the machine it was made on."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.report.scrub import scrubber

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
        ("1/2 of a/b, 3 // 4", "1/2 of a/b, 3 // 4"),
        ("pay  failed  tries 2  0s → 2m", "pay  failed  tries 2  0s → 2m"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    """Paths, values of the environment, the machine's name and secrets go; everything else stays as it is."""
    assert SCRUB(text) == expected


def test_twice_is_once() -> None:
    """A text that was scrubbed has nothing left to scrub."""
    text = SCRUB("/home/jo/x/y.py a://b:c@d password=e worker-7 /usr/lib/x")

    assert SCRUB(text) == text


def test_nothing_known() -> None:
    """An empty environment takes nothing out."""
    assert scrubber(Path("/"), {}, host="localhost")("localhost says: a b") == "localhost says: a b"
