"""Reports to show and to compare, made up without a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conformance.report.record import Dag, Header, Outcome, Record, Report, ReportWriter, Task

HEADER = Header("0.1.0", "3.3.2", "3.11.7", {"standard": "1.2.0"}, "sqlite", "shop", "2026-01-01T00:00:00+00:00")
PASSED = Record(
    "RETRY-001",
    "retry",
    "orders:pay",
    Outcome.passed,
    "A task is tried again.",
    0.25,
    where="shop/o.py:9",
    dag="orders",
)
FAILED = replace(
    PASSED,
    case="RETRY-002",
    outcome=Outcome.failed,
    claim="It gives up, `failed`.",
    message="orders: run failed after 2m\n  pay  failed  tries 2",
    reproduce="airflow-conformance verify shop --case RETRY-002 --dag orders",
)
DEVIATION = replace(PASSED, case="RETRY-014", outcome=Outcome.deviation, message="It waits.", link="https://a.b/1")
EACH = [replace(FAILED, subject=f"orders:{outcome.value}", outcome=outcome) for outcome in Outcome]
"""A record of each outcome there is."""

HOSTILE = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"
ORDERS = Dag(
    "orders",
    "shop/o.py:7",
    (
        Task("fetch", "PythonOperator", "all_success", (), False),
        Task("pay", "PythonOperator", "all_success", ("fetch",), True),
        Task("tell", "EmptyOperator", "one_failed", ("fetch", "pay"), False),
    ),
)


def report(
    folder: Path, *records: Record, airflow: str = "3.3.2", complete: bool = True, kit: str = "0.1.0", of: str = "shop"
) -> Report:
    """A report, as it is read from the file `<airflow>.jsonl` that is written to a folder."""
    header = replace(HEADER, airflow=airflow, kit=kit, folder=of)
    writer = ReportWriter(folder / f"{airflow}.jsonl", header, [ORDERS])
    for record in records:
        writer.add(record)
    return writer.close(complete)


def large(folder: Path) -> Report:
    """A report of ten thousand records, one in ten of them a failure with a long message, and of 200 DAGs."""
    failed = FAILED.message + "\n  a task that is somewhere in the middle  success  tries 1  0s → 2m" * 10
    records = []
    for number in range(10_000):
        dag = f"pipeline_{number // 50}"
        kind = replace(FAILED, message=failed) if number % 10 == 0 else replace(PASSED, case=f"RETRY-{number % 50:03}")
        records.append(replace(kind, subject=f"{dag}:task_{number}", dag=dag))
    return replace(report(folder, *records), dags=tuple(replace(ORDERS, dag=f"pipe_{n}") for n in range(200)))
