"""The plugin is polite to everything that is not its own, and says so when it can tell nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.errors import UserError, known
from workshop.selftest import processes
from workshop.selftest.hostile import OTHER_TESTS, dag
from workshop.selftest.processes import write_files

# A run from end to end takes its time on a busy machine.
pytestmark = [pytest.mark.at_both_ends, pytest.mark.timeout(400)]


def test_unused_it_imports_next_to_nothing(tmp_path: Path) -> None:
    """Next to somebody's own tests the plugin loads no Airflow and nothing else that is heavy, and freezes no clock."""
    write_files(
        tmp_path / "tests", {"test_own.py": OTHER_TESTS, "conftest.py": "import conformance.pytest_plugin.plugin\n"}
    )

    run = processes.pytest("tests", cwd=tmp_path)

    assert run.returncode == 0, run.stdout


def test_its_options_stand_under_one_heading(tmp_path: Path) -> None:
    """`pytest --help` lists every option of the plugin under one heading of its own."""
    run = processes.pytest("--help", cwd=tmp_path)

    _, _, ours = run.stdout.partition("\nconformance: how your DAGs behave at run time:\n")
    ours = ours.partition("\n\n")[0]
    options = "--dags", "--claims", "--import-timeout", "--case-timeout", "--report", "--conformance-quiet"
    more = "--variables", "--connections", "--advice-fails", "--baseline", "--case", "--dag"
    for option in (*options, *more):
        assert f"  {option}" in ours
        assert run.stdout.count(f"\n  {option}=") + run.stdout.count(f"\n  {option} ") == 1


def test_nothing_to_run_is_exit_2(tmp_path: Path) -> None:
    """A choice to which no case applies could not tell anything: exit 2."""
    write_files(tmp_path / "dags", {"good.py": dag("good")})

    run = processes.verify("dags", "--case", "RETRY-002", "--dag", "good", cwd=tmp_path)

    assert run.returncode == 2
    assert "partial: nothing was run" in run.stdout


def test_a_case_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    """An unknown case ID is one sentence that lists those that exist, and exit 2."""
    run = processes.pytest("--pyargs", "conformance", "--case", "RETYR-001", "--report", "r.jsonl", cwd=tmp_path)

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("airflow-conformance: There is no case 'RETYR-001': choose from ANY-001, ANY-002, ")
    assert run.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_does_not_exist_lists_those_that_do() -> None:
    """A misspelt name is refused with a list of the right ones."""
    with pytest.raises(UserError, match=r"There is no DAG 'oders': choose from orders, stock\."):
        known(["orders", "oders"], {"stock", "orders"}, "DAG")
