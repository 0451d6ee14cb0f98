"""A folder of as many DAGs as one likes, for what has to hold of large ones."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

HEAD = """
from datetime import datetime, timedelta
from airflow import DAG
try:
    from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
except ImportError:
    from airflow.operators.python import BranchPythonOperator, PythonOperator

def nothing(): ...

def tasks(*names, **options):
    return [PythonOperator(task_id=name, python_callable=nothing, **options) for name in names]

with DAG("{dag_id}", start_date=datetime(2024, 1, 1), schedule=None):
"""

CHAIN = """
    before = None
    for task in tasks(*"abcdefghij"):
        if before:
            before >> task
        before = task
"""

FAN = """
    (start, end) = tasks("start", "end")
    start >> tasks(*"abcdefgh") >> end
"""

BRANCH = """
    (start, a, b, c, d, e, f, g) = tasks("start", *"abcdefg")
    choose = BranchPythonOperator(task_id="choose", python_callable=nothing)
    (join,) = tasks("join", trigger_rule="none_failed_min_one_success")
    start >> choose >> [a, b]
    a >> c >> d >> join
    b >> e >> f >> join >> g
"""

RETRIED = """
    retries = {"retries": 2, "retry_delay": timedelta(minutes=5)}
    (fetch, check, load) = tasks("fetch", "check", "load", **retries)
    (left, right, sums, more, report, mail, clean) = tasks("left", "right", "sums", "more", "report", "mail", "clean")
    fetch >> check >> [left, right] >> sums >> more >> load
    load >> [report, mail] >> clean
"""

SHAPES = {"chain": CHAIN, "fan": FAN, "branch": BRANCH, "retried": RETRIED}
"""DAGs of ten tasks: one after the other, side by side, downstream of a branch, and with retries on three of them."""


def write(folder: Path, count: int) -> Path:
    """Fill a new folder with so many files of one DAG of ten tasks, the shapes in turn."""
    folder.mkdir()
    for number, (shape, body) in zip(range(count), cycle(SHAPES.items()), strict=False):
        dag_id = f"{shape}_{number:04}"
        (folder / f"{dag_id}.py").write_text(HEAD.replace("{dag_id}", dag_id) + body)
    return folder
