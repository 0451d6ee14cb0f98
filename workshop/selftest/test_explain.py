"""`airflow-conformance explain CASE` tells a case with the DAG that keeps it and the one that does not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from conformance.catalogue import Entry, catalogue, first_line, twin
from conformance.explain import explain
from workshop.selftest import processes

pytestmark = pytest.mark.at_the_newest


def explained(case: str, terminal: bool = False) -> str:
    """What is printed of a case."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    explain(case, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.case.id)
def test_every_case_is_explained(entry: Entry) -> None:
    """Each case is told with its sentence, its likely mistake, since when it holds, and the mistake of its twin."""
    text = explained(entry.case.id)

    assert text.startswith(f"{entry.case.id}: {entry.case.claim}\n\nIf this fails: {entry.case.if_this_fails}\n")
    assert f"from Airflow {entry.case.since}\n" in text
    assert first_line(twin(entry)) in text


def test_a_near_twin_is_a_difference() -> None:
    """A twin that is near its reference DAG is shown as a difference, and the field that a claim needs is named."""
    text = explained("retry-003")

    assert "Applies to: claims with `delay`, from Airflow 2.7\n" in text
    assert "A reference that keeps it, dags/retry.py:" in text
    assert "\n-        retry_delay=timedelta(minutes=2),\n" in text
    assert "@dag(schedule=None" in text
    assert "def retry_003" not in text


def test_a_twin_of_its_own_is_shown_whole() -> None:
    """A twin that has little in common with a reference DAG is shown as it is."""
    assert "\nimport a_package_that_nobody_installed" in explained("ANY-001")


def test_deviations_come_with_their_links() -> None:
    """What some versions do instead is told with the range and the link."""
    text = explained("RETRY-014")

    assert "On Airflow >=3.0: A deferred task ignores its execution_timeout" in text
    assert "(https://github.com/apache/airflow/issues/69678)" in text


def test_a_terminal_gets_colours() -> None:
    """Source is highlighted in a terminal, and nowhere else."""
    assert "\x1b[" in explained("RETRY-003", terminal=True)
    assert "\x1b[" not in explained("RETRY-003")


@pytest.mark.parametrize(
    ("asked", "named"),
    [("RETRY-03", "RETRY-003"), ("serial", "SERIAL-001, SERIAL-002"), ("ZZZ", "any case of the patterns any-dag, ")],
)
def test_an_unknown_id_names_near_ones(asked: str, named: str, tmp_path: Path) -> None:
    """An ID that no case has is one sentence that names near ones, and exit 2."""
    done = processes.command("explain", asked, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"There is no case '{asked}': name " in done.stderr
    assert named in done.stderr


def test_needs_no_airflow() -> None:
    """Airflow is not imported to explain a case."""
    code = "import io, sys; from rich.console import Console; from conformance.explain import explain\n"
    code += "explain('RETRY-003', Console(file=io.StringIO())); sys.exit('airflow' in sys.modules)"

    assert processes.python(code).returncode == 0
