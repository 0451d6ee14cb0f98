"""Proves the comparison of two reports: every kind of change, the exit code, and what cannot be compared."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.errors import UserError
from conformance.report.diff import Change, differences
from conformance.report.record import Outcome
from workshop.selftest.samples import FAILED, PASSED, report

pytestmark = pytest.mark.at_the_newest

OLD, NEW = "2.11.2", "3.3.2"


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("passed", "failed", Change.failing),
        ("passed", "not-run", Change.failing),
        ("deviation", "error", Change.failing),
        (None, "failed", Change.failing),
        ("failed", "passed", Change.passing),
        ("error", "not-applicable", Change.passing),
        ("passed", "deviation", Change.changed),
        ("failed", "error", Change.changed),
        (None, "passed", Change.new),
        ("passed", None, Change.gone),
        ("failed", None, Change.gone),
        ("passed", "passed", None),
        ("failed", "failed", None),
    ],
)
def test_changes(tmp_path: Path, before: str | None, after: str | None, change: Change | None) -> None:
    """A case on a subject is newly failing, newly passing, changed, new, gone, or not worth a word."""
    old, new = (
        report(tmp_path, *(replace(PASSED, outcome=Outcome(o)) for o in (outcome,) if o), airflow=version)
        for outcome, version in ((before, OLD), (after, NEW))
    )

    assert [found.change for found in differences(old, new)] == [change] * bool(change)


def compared(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the two reports of a folder."""
    command = [sys.executable, "-m", "conformance.cli", "diff", "2.11.2.jsonl", "3.3.2.jsonl", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_command_says_what_fails_newly(tmp_path: Path) -> None:
    """The command lists changes by kind, sums them up, and exits 1 if something fails newly."""
    report(
        tmp_path,
        replace(FAILED, outcome=Outcome.passed, message=""),
        replace(PASSED, outcome=Outcome.error),
        airflow=OLD,
    )
    report(tmp_path, FAILED, PASSED, replace(PASSED, subject="orders:[bold]"), airflow=NEW)

    done = compared(tmp_path)

    assert done.stdout.splitlines() == [
        "newly failing (1)",
        "  RETRY-002  orders:pay  passed → failed  orders: run failed after 2m  shop/o.py:9",
        "",
        "newly passing (1)",
        "  RETRY-001  orders:pay  error → passed  shop/o.py:9",
        "",
        "new (1)",
        "  RETRY-001  orders:[bold]  passed  shop/o.py:9",
        "",
        "1 newly failing, 1 newly passing, 1 new · Airflow 2.11.2 → Airflow 3.3.2",
    ]
    assert done.returncode == 1


def test_command_is_content_with_old_failures(tmp_path: Path) -> None:
    """What failed before and fails still is no news: exit 0."""
    report(tmp_path, FAILED, airflow=OLD)
    report(tmp_path, FAILED, airflow=NEW)

    done = compared(tmp_path)

    assert (done.returncode, done.stdout) == (0, "nothing changed · Airflow 2.11.2 → Airflow 3.3.2\n")


def test_different_kits_need_force(tmp_path: Path) -> None:
    """Reports of different versions of the kit are refused with one sentence, unless somebody insists."""
    report(tmp_path, PASSED, airflow=OLD)
    report(tmp_path, PASSED, kit="0.2.0", airflow=NEW)

    refused = compared(tmp_path)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "airflow-conformance: These reports come from different versions of the kit, 0.1.0 and 0.2.0: "
        "compare all the same with --force.\n"
    )
    assert compared(tmp_path, "--force").returncode == 0


def test_different_folders_are_refused(tmp_path: Path) -> None:
    """Reports of different folders are refused, whoever insists."""
    old, new = report(tmp_path, PASSED, airflow=OLD), report(tmp_path, PASSED, of="dags", airflow=NEW)

    with pytest.raises(UserError, match="different folders, shop and dags"):
        differences(old, new, force=True)


def test_an_interrupted_run_is_refused(tmp_path: Path) -> None:
    """What a run lacks that was interrupted is not gone, so it is not compared."""
    old, new = report(tmp_path, PASSED, airflow=OLD), report(tmp_path, complete=False, airflow=NEW)

    with pytest.raises(UserError, match="The newer report is not complete, because its run was interrupted"):
        differences(old, new)
