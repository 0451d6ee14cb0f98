"""Proves the report: what is written is read back, what is damaged is refused, and a skip never counts as a pass."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from conformance.errors import UserError
from conformance.report.matrix import print_matrix
from conformance.report.progress import ProgressLine
from conformance.report.record import Header, Outcome, Record, Report, ReportWriter, now, read
from conformance.report.verdict import Verdict, exit_code, verdict

HEADER = Header("0.1.0", "3.3.2", "3.11", {"standard": "1.2.0"}, "sqlite", "dags", "2026-01-01T00:00:00+00:00")
PASSED = Record("RETRY-001", "retry", "retry.py: retry", Outcome.passed, "A task is tried again.", 0.25)
FAILED = replace(
    PASSED,
    case="SERIAL-002",
    pattern="serial",
    outcome=Outcome.failed,
    message="ran \u2192 success\nstate  failed",
    where="dags/serial.py:7",
    reproduce="pytest --pyargs conformance -k SERIAL-002 " + "--a-long-option " * 6 + "end",
)


def written(path: Path, *records: Record, complete: bool = True) -> Report:
    """Write a report and return what `close` returned."""
    writer = ReportWriter(path, HEADER)
    for record in records:
        writer.add(record)
    return writer.close(complete)


def printed(report: Report, *order: str, encoding: str = "utf-8") -> str:
    """Return what an 80-column terminal without colour shows."""
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding, write_through=True), width=80, color_system=None)
    print_matrix(report, console, order)
    return raw.getvalue().decode(encoding)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a test writes its report."""
    return tmp_path / "report.jsonl"


def test_round_trip(path: Path) -> None:
    """A report is read back as it was written."""
    report = written(path, PASSED, FAILED)

    assert read(path) == report
    assert report.records == (PASSED, FAILED)
    assert report.footer.counts == {"passed": 1, "failed": 1}
    assert report.footer.verdict is Verdict.does_not_conform


def test_kind_of_each_line(path: Path) -> None:
    """Every line is a JSON object that says its kind."""
    written(path, PASSED)

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["header", "record", "footer"]
    assert lines[1]["outcome"] == "passed"


def test_stable_order(path: Path) -> None:
    """Records are sorted by case and subject, whatever the order they arrive in."""
    records = [replace(PASSED, case=case, subject=subject) for case in ("B-001", "A-001") for subject in "ba"]

    report = written(path, *records)

    assert [(r.case, r.subject) for r in report.records] == [("A-001", c) for c in "ab"] + [("B-001", c) for c in "ab"]
    assert read(path).records == report.records


def test_nothing_at_the_target_before_close(path: Path) -> None:
    """An older report stays whole until a new one takes its place, and no other file is left."""
    old = written(path)
    writer = ReportWriter(path, HEADER)
    writer.add(PASSED)

    assert read(path) == old

    new = writer.close(complete=True)

    assert read(path) == new
    assert list(path.parent.iterdir()) == [path]


def test_interrupted_writer_leaves_a_partial_report(path: Path) -> None:
    """An interruption leaves a readable report that is partial, though all it holds passed."""
    with suppress(KeyboardInterrupt), ReportWriter(path, HEADER) as writer:
        writer.add(PASSED)
        raise KeyboardInterrupt

    report = read(path)
    assert report.records == (PASSED,)
    assert report.footer.verdict is Verdict.partial
    assert "partial (interrupted): 1 passed" in printed(report)


@pytest.mark.parametrize("keep", [lambda text: text[:-20], lambda text: "".join(text.splitlines(True)[:-1])])
def test_truncated_report_is_refused(path: Path, keep) -> None:  # type: ignore[no-untyped-def]
    """A report that was cut off, inside a line or between two, is refused."""
    written(path, PASSED, FAILED)
    path.write_text(keep(path.read_text()))

    with pytest.raises(UserError, match="cut off"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "does not begin with a header"),
        (b"<html></html>\n", "line 1: not a line of a conformance report"),
        (b"[1, 2]\n", "line 1: not a line"),
        (b"3\n", "line 1: not a line"),
        (b'{"name": "x"}\n', "line 1: not a line"),
        (b'{"kind": "session"}\n', "unknown kind 'session'"),
        (b'{"kind": ["header"]}\n', "unknown kind"),
        (b'{"kind": "header", "kit": "9"}\n', "not a header this version"),
        (b"\xff\xfe\x00", "not text"),
    ],
)
def test_foreign_file_is_refused(path: Path, content: bytes, message: str) -> None:
    """A file that is not a report is refused with one sentence that names it."""
    path.write_bytes(content)

    with pytest.raises(UserError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"outcome": "passed"', '"outcome": "skipped"', "line 2: not a record .*'skipped' is not a valid Outcome"),
        ('"outcome": "passed"', '"outcome": []', "not a valid Outcome"),
        ('"verdict": "conforms"', '"verdict": "fine"', "line 3: not a footer .*'fine' is not a valid Verdict"),
        ('"passed": 1', '"passed": 2', "does not hold the records its footer counts"),
        ('"kind": "header"', '"kind": "footer"', "not a footer"),
        ('"subject": "', '"subject": "/home/', "make '/home/retry.py: retry' relative"),
        ("+00:00", "", "no offset from UTC"),
    ],
)
def test_altered_report_is_refused(path: Path, old: str, new: str, message: str) -> None:
    """A report with an unknown value, or one that contradicts itself, is refused."""
    written(path, PASSED)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    with pytest.raises(UserError, match=message):
        read(path)


def test_two_reports_in_one_file_are_refused(path: Path) -> None:
    """Two reports joined into one file are not a report."""
    written(path)
    path.write_text(path.read_text() * 2)

    with pytest.raises(UserError, match="does not hold the records"):
        read(path)


def test_missing_header_is_refused(path: Path) -> None:
    """A report without its first line is refused."""
    written(path, PASSED)
    path.write_text("".join(path.read_text().splitlines(True)[1:]))

    with pytest.raises(UserError, match="does not begin with a header"):
        read(path)


def test_missing_file_is_refused(path: Path) -> None:
    """A report that is not there is one readable error."""
    with pytest.raises(UserError, match="No such file"):
        read(path)


@pytest.mark.parametrize("target", ["", "missing/report.jsonl"])
def test_impossible_target_is_refused_before_the_run(tmp_path: Path, target: str) -> None:
    """A path that cannot be written is refused when the writer is made, not after the run."""
    with pytest.raises(UserError, match="Cannot write the report"):
        ReportWriter(tmp_path / target, HEADER)


@pytest.mark.parametrize("field", ["subject", "where"])
def test_absolute_path_is_refused(field: str) -> None:
    """A record does not accept a path that tells where it was made."""
    with pytest.raises(ValueError, match="relative"):
        Record(**{**vars(PASSED), field: "/home/me/dags/x.py:1"})


def test_absolute_folder_is_refused() -> None:
    """A header does not accept a folder that tells where the report was made."""
    with pytest.raises(ValueError, match="relative"):
        replace(HEADER, folder="/home/me/dags")


@pytest.mark.parametrize(
    ("outcomes", "expected", "code"),
    [
        ("passed", "conforms", 0),
        ("deviation", "conforms", 0),
        ("passed deviation not-applicable", "conforms", 0),
        ("tolerated", "conforms", 0),
        ("advice", "conforms", 0),
        ("passed tolerated advice", "conforms", 0),
        ("tolerated advice error", "partial", 2),
        ("tolerated advice surprise", "does-not-conform", 1),
        ("", "partial", 2),
        ("not-applicable", "partial", 2),
        ("not-run", "partial", 2),
        ("passed not-run", "partial", 2),
        ("passed error", "partial", 2),
        ("passed failed", "does-not-conform", 1),
        ("passed surprise", "does-not-conform", 1),
        ("error not-run failed", "does-not-conform", 1),
    ],
)
def test_verdict(outcomes: str, expected: str, code: int) -> None:
    """The worst that is known decides the verdict, and the verdict the exit code."""
    judged = verdict(map(Outcome, outcomes.split()))

    assert judged.value == expected
    assert exit_code(judged) == code


@pytest.mark.parametrize("others", [[], [Outcome.passed], [Outcome.passed, Outcome.deviation, Outcome.not_applicable]])
def test_a_skip_is_never_a_pass(others: list[Outcome]) -> None:
    """A case that was not run keeps any report from conforming."""
    assert verdict([*others, Outcome.not_run]) is not Verdict.conforms


def test_matrix_counts_by_pattern_in_the_given_order(path: Path) -> None:
    """The table has a row per pattern in the given order and a column only for outcomes that occur."""
    text = printed(written(path, PASSED, replace(PASSED, subject="other"), FAILED), "serial", "parallel", "retry")

    rows = [line.split() for line in text.splitlines()]
    assert ["pattern", "passed", "failed"] in rows
    assert rows.index(["serial", "-", "1"]) < rows.index(["retry", "2", "-"])
    assert "parallel" not in text


def test_matrix_explains_a_failure(path: Path) -> None:
    """A failure shows its claim, every line of its message, the place, and its command in one piece."""
    lines = printed(written(path, FAILED)).splitlines()

    start = lines.index("failed: SERIAL-002 A task is tried again.")
    assert lines[start + 1 : start + 5] == [
        "  retry.py: retry: ran \u2192 success",
        "  state  failed",
        "  Where: dags/serial.py:7",
        f"  Reproduce: {FAILED.reproduce}",
    ]


def test_matrix_ends_with_the_verdict(path: Path) -> None:
    """The last line says verdict, counts, versions and duration."""
    deviations = [replace(PASSED, subject=s, outcome=Outcome.deviation, link="https://example.org/1") for s in "ab"]
    report = written(path, PASSED, *deviations)
    report = replace(report, footer=replace(report.footer, finished="2026-01-01T00:00:12.300+00:00"))

    lines = printed(report).splitlines()

    assert "deviation: RETRY-001 a  https://example.org/1" in lines
    assert lines[-1] == "conforms: 1 passed, 2 deviations · Airflow 3.3.2 · Python 3.11 · 12.3 s"


def test_matrix_prints_brackets_as_they_are(path: Path) -> None:
    """Square brackets in names and messages are text, not markup."""
    odd = replace(FAILED, pattern="[bold]", subject="retry[red]", message="[/nothing] [link=x]")

    text = printed(written(path, odd, replace(odd, outcome=Outcome.not_run)))

    assert "\n [bold] " in text
    assert "  retry[red]: [/nothing] [link=x]\n" in text
    assert "not-run: SERIAL-002 retry[red]  [/nothing] [link=x]\n" in text


def test_matrix_of_all_outcomes_fits_80_columns(path: Path) -> None:
    """The table fits a narrow terminal even with every outcome, and shows every name, if need be hyphenated."""
    records = [replace(PASSED, pattern="third-party-packages", outcome=outcome) for outcome in Outcome]

    table = printed(written(path, *records)).split("failed: ")[0]

    assert max(map(len, table.splitlines())) <= 80
    assert {"third-party-packages", "passed", "advice", "devia-", "tion", "toler-", "ated"} <= set(table.split())


def test_matrix_of_many_outcomes_breaks_no_name(path: Path) -> None:
    """With the usual outcomes, every name is whole."""
    usual = [outcome for outcome in Outcome if outcome not in (Outcome.surprise, Outcome.error)]
    records = [replace(PASSED, pattern="sensor-timeout", outcome=outcome) for outcome in usual]

    table = printed(written(path, *records)).split("failed: ")[0]

    assert max(map(len, table.splitlines())) <= 80
    assert {"sensor-timeout", "passed", "deviation", "tolerated", "applicable", "run"} <= set(table.split())


def test_matrix_prints_where_only_ascii_can(path: Path) -> None:
    """A terminal that knows only ASCII gets an escaped text, not an error."""
    text = printed(written(path, replace(FAILED, subject="d\u00e9j\u00e0")), encoding="ascii")

    assert r"  d\xe9j\xe0: ran \u2192 success" in text
    assert " - Airflow 3.3.2 - " in text
    assert text.endswith(" s\n")


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


def test_progress_on_a_terminal_leaves_nothing() -> None:
    """A terminal gets one line that is erased in the end."""
    out = io.StringIO()
    progress = ProgressLine(Console(file=out, width=80, force_terminal=True, force_interactive=True), 2)
    progress.step("RETRY-001", "retry[red]", Outcome.passed)
    progress.stop()

    assert "[1/2] RETRY-001 retry[red]  passed" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


def test_record_needs_only_the_standard_library() -> None:
    """Importing the record loads neither rich nor pytest nor Airflow."""
    program = "import sys, conformance.report.record; sys.exit(bool({'rich', 'pytest', 'airflow'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == 0


def test_now_has_an_offset() -> None:
    """The present instant is one a header accepts."""
    assert replace(HEADER, started=now()).started.endswith("+00:00")
