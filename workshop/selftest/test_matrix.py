"""Proves what a terminal shows of a report: a line of progress, and in the end the matrix."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from conformance.report.progress import ProgressLine, reading
from conformance.report.record import Outcome
from workshop.selftest.reports import FAILED, PASSED, printed, written

pytestmark = pytest.mark.at_the_newest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a test writes its report."""
    return tmp_path / "report.jsonl"


ANY = replace(FAILED, case="ANY-004", pattern="any-dag", subject="orders:pick", dag="orders", where="dags/orders.py:41")
NEVER = "'publish' never runs when 'pick' chooses 'fast' (trigger_rule all_success; use none_failed_min_one_success)"


def test_the_verdict_comes_first(path: Path) -> None:
    """The first line says verdict, counts, versions and duration."""
    deviations = [replace(PASSED, subject=s, outcome=Outcome.deviation, link="https://example.org/1") for s in "ab"]
    report = written(path, PASSED, *deviations)
    report = replace(report, footer=replace(report.footer, finished="2026-01-01T00:00:12.300+00:00"))

    lines = printed(report).splitlines()

    assert lines[0] == "conforms: 1 passed, 2 deviations \u00b7 Airflow 3.3.2 \u00b7 Python 3.11 \u00b7 12.3 s"
    assert "deviation: RETRY-001 2 times: https://example.org/1" in lines


def test_the_first_line_counts_stand_ins(path: Path) -> None:
    """What is missing is counted by files: packages, and values that a file asks for."""
    file = replace(PASSED, dag="", subject="a.py", stand_ins=("acme", "Variable x", "Variable y"))

    text = printed(written(path, file, replace(file, subject="b.py", stand_ins=())))

    assert " \u00b7 1 of 2 files with stand-ins for 1 package and 2 values \u00b7 " in text


def test_the_table_counts_by_pattern_in_the_given_order(path: Path) -> None:
    """The table has a row per pattern in the given order and a column only for outcomes that occur."""
    text = printed(written(path, PASSED, replace(PASSED, subject="other"), FAILED), "serial", "parallel", "retry")

    rows = [line.split() for line in text.splitlines()]
    assert ["pattern", "passed", "failed"] in rows
    assert rows.index(["serial", "-", "1"]) < rows.index(["retry", "2", "-"])
    assert "parallel" not in text


def test_there_is_no_table_of_one_pattern(path: Path) -> None:
    """A folder of which nothing is claimed has no table."""
    assert "pattern" not in printed(written(path, ANY))


def test_a_failure_is_one_line(path: Path) -> None:
    """A failure of any DAG says what happens to which task and what to do; one of a pattern says what was claimed."""
    text = printed(written(path, replace(ANY, message=f"{NEVER}\norders: run success\n  a table"), FAILED))

    assert f"\norders\n  dags/orders.py:41: ANY-004 {NEVER}\n" in text
    assert "\n  dags/serial.py:7: SERIAL-002 retry.py: retry: A task is tried again.\n" in text
    assert "a table" not in text
    assert text.endswith("With --verbose: all of it, and how each came about.\n")


def test_what_fails_for_one_cause_is_one_line(path: Path) -> None:
    """What one fix mends is told first, with the number of DAGs and tasks that it touches."""
    hidden = "'{}' fails, and the run ends success, for 'tell' runs all the same (trigger_rule all_done; let it raise)"
    records = [
        replace(ANY, case="ANY-003", subject=f"{dag}:{task}", dag=dag, message=hidden.format(task))
        for dag in ("orders", "prices")
        for task in "abcdef"
    ]

    text = printed(written(path, *records))

    assert "\nFix first\n  2 DAGs, 12 tasks: ANY-003 trigger_rule all_done; let it raise\n" in text
    assert text.count("\n  dags/orders.py:41: ANY-003 ") == 2 * 3
    assert text.count("\n  and 3 more (ANY-003)\n") == 2


def test_a_package_that_is_missing_is_one_line(path: Path) -> None:
    """One missing package that touches many files is one line, with what to install; then no file is told."""
    name = "airflow.providers.google"
    files = [
        replace(ANY, case="ANY-001", subject=f"{n}.py", dag="", outcome=Outcome.assumed, stand_ins=(name,))
        for n in range(58)
    ]

    text = printed(written(path, *files))

    assert f"  58 files: {name} is missing here, and stood in for (pip install apache-airflow-providers-google)" in text
    assert "1.py" not in text


def test_a_screen_is_enough_for_a_hundred_dags(path: Path) -> None:
    """However much fails, what is printed is about a screen."""
    records = [
        replace(
            ANY, case=f"ANY-{case:03}", subject=f"dag_{dag}:a", dag=f"dag_{dag}", message=f"'a' {case} (x; fix {case})"
        )
        for case in range(2, 10)
        for dag in range(100)
    ]
    advice = [replace(record, outcome=Outcome.advice, case=f"X{record.case}") for record in records]

    lines = printed(written(path, *records, *advice)).splitlines()

    assert len(lines) <= 55
    assert "97 more DAGs or files fail. With --verbose: all of it, and how each came about." in lines


# --- with --verbose ---


def test_verbose_explains_a_failure(path: Path) -> None:
    """A failure shows its claim, every line of its message, the place, and its command in one piece."""
    lines = printed(written(path, FAILED), verbose=True).splitlines()

    start = lines.index("failed: SERIAL-002 A task is tried again.")
    assert lines[start + 1 : start + 5] == [
        "  retry.py: retry: ran \u2192 success",
        "  state  failed",
        "  Where: dags/serial.py:7",
        f"  Reproduce: {FAILED.reproduce}",
    ]


def test_verbose_tells_once_what_fails_likewise(path: Path) -> None:
    """What begins with the same line, but for the place, is explained once and then named."""
    message = "No module named 'x' (dags/{}.py:3)\nIf this fails: install it."
    records = [replace(FAILED, subject=f"{name}.py", message=message.format(name)) for name in "abcdefghijklm"]
    other = replace(FAILED, subject="z.py", message="No module named 'y' (dags/z.py:1)")

    text = printed(written(path, *records, other), verbose=True)

    assert text.count("failed: SERIAL-002") == 2
    assert "  Likewise: b.py, c.py, d.py, e.py, f.py, g.py, h.py, i.py, j.py, k.py and 2 more\n" in text


def test_brackets_are_printed_as_they_are(path: Path) -> None:
    """Square brackets in names and messages are text, not markup."""
    odd = replace(FAILED, pattern="[bold]", subject="retry[red]", message="[/nothing] [link=x]")

    text = printed(written(path, odd, PASSED, replace(odd, outcome=Outcome.not_run)), verbose=True)

    assert "\n [bold] " in text
    assert "  retry[red]: [/nothing] [link=x]\n" in text
    assert "not-run: SERIAL-002 retry[red]  [/nothing] [link=x]\n" in text


# --- the table ---


def test_matrix_of_all_outcomes_fits_80_columns(path: Path) -> None:
    """The table fits a narrow terminal even with every outcome, and shows every name, if need be hyphenated."""
    records = [PASSED, *(replace(PASSED, pattern="third-party-packages", outcome=outcome) for outcome in Outcome)]

    table = printed(written(path, *records)).partition("\n")[2].split("Fix first")[0].split("\n\n")[0]

    assert max(map(len, table.splitlines())) <= 80
    assert {"third-party-packages", "passed", "vice", "via-", "tion", "tol-", "ated", "sumed"} <= set(table.split())


def test_matrix_of_many_outcomes_breaks_no_name(path: Path) -> None:
    """With the usual outcomes, every name is whole."""
    rare = (Outcome.surprise, Outcome.error, Outcome.assumed)
    usual = [outcome for outcome in Outcome if outcome not in rare]
    records = [PASSED, *(replace(PASSED, pattern="sensor-timeout", outcome=outcome) for outcome in usual)]

    table = printed(written(path, *records)).partition("\n")[2].split("Fix first")[0].split("\n\n")[0]

    assert max(map(len, table.splitlines())) <= 80
    assert {"sensor-timeout", "passed", "deviation", "tolerated", "applicable", "run"} <= set(table.split())


def test_matrix_prints_where_only_ascii_can(path: Path) -> None:
    """A terminal that knows only ASCII gets an escaped text, not an error."""
    text = printed(written(path, replace(FAILED, subject="d\u00e9j\u00e0")), encoding="ascii", verbose=True)

    assert r"  d\xe9j\xe0: ran \u2192 success" in text
    assert " - Airflow 3.3.2 - " in text


def test_empty_report_says_so(path: Path) -> None:
    """A report of nothing says that nothing was run."""
    assert printed(written(path)).startswith("partial: nothing was run · ")


def test_progress_in_a_log() -> None:
    """A log gets about ten plain lines, the last one with the last case."""
    out = io.StringIO()
    progress = ProgressLine(Console(file=out, width=80, force_terminal=False), 80)
    for number in range(80):
        progress.step(f"RETRY-{number:03}", "retry[red]", Outcome.passed)
    progress.stop()

    lines = out.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0] == "[ 8/80] RETRY-007 retry[red]  passed"
    assert lines[-1] == "[80/80] RETRY-079 retry[red]  passed"


def test_progress_tells_how_long_it_takes() -> None:
    """As long as it is a minute or more, progress says how long the rest takes."""
    out, clock = io.StringIO(), iter(range(0, 60 * 100, 60))  # a minute a case
    progress = ProgressLine(Console(file=out, width=80, force_terminal=False), 10, lambda: float(next(clock)))
    for number in range(10):
        progress.step(f"RETRY-{number:03}", "retry", Outcome.passed)

    lines = out.getvalue().splitlines()
    assert lines[0] == "[ 1/10] RETRY-000 retry  passed  (about 9 min left)"
    assert lines[8:] == [
        "[ 9/10] RETRY-008 retry  passed  (about 1 min left)",
        "[10/10] RETRY-009 retry  passed",
    ]


def test_progress_on_a_terminal_leaves_nothing() -> None:
    """A terminal gets one line that is erased in the end."""
    out = io.StringIO()
    progress = ProgressLine(Console(file=out, width=80, force_terminal=True, force_interactive=True), 2)
    progress.step("RETRY-001", "retry[red]", Outcome.passed)
    progress.stop()

    assert "[1/2] RETRY-001 retry[red]  passed" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_reading_files_is_told_on_a_terminal(is_terminal: bool) -> None:
    """How many files were read is a line on a terminal that is erased in the end, and nothing in a log."""
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=is_terminal, force_interactive=is_terminal)
    with reading(console) as tell:
        tell(120, 1000)

    assert ("reading DAG files 120/1000" in out.getvalue()) == is_terminal
    assert out.getvalue().endswith("\x1b[2K" if is_terminal else "")
    assert is_terminal or not out.getvalue()
