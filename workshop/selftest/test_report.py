"""Proves the report file: what is written is read back, and what is damaged is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.errors import UserError
from conformance.report.record import Record, ReportWriter, now, read
from conformance.report.verdict import Verdict
from workshop.selftest.reports import FAILED, HEADER, PASSED, printed, written

pytestmark = pytest.mark.at_the_newest


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
    """An older report is gone once a run begins, so that nobody takes it for the new one, and no other file is left."""
    written(path)
    writer = ReportWriter(path, HEADER)
    writer.add(PASSED)

    assert not path.exists()

    new = writer.close(complete=True)

    assert read(path) == new
    assert list(path.parent.iterdir()) == [path]


def test_interrupted_writer_leaves_a_partial_report(path: Path) -> None:
    """An interruption leaves a readable report that is partial, though all it holds passed."""
    writer = ReportWriter(path, HEADER)
    writer.add(PASSED)
    writer.close(complete=False)

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
        (b"", "it has no header"),
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
        ('"passed": 1', '"passed": 2', "was edited .its footer counts other records."),
        ('"passed"', '"failed"', "was edited .its footer says conforms, and its records does-not-conform."),
        ('"verdict": "conforms"', '"verdict": "partial"', "says partial, and its records conforms"),
        ('"complete": true', '"complete": false', "says conforms, and its records partial"),
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

    with pytest.raises(UserError, match="its footer counts other records"):
        read(path)


def test_missing_header_is_refused(path: Path) -> None:
    """A report without its first line is refused."""
    written(path, PASSED)
    path.write_text("".join(path.read_text().splitlines(True)[1:]))

    with pytest.raises(UserError, match="it has no header"):
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


def test_record_needs_only_the_standard_library() -> None:
    """Importing the record loads neither rich nor pytest nor Airflow."""
    program = "import sys, conformance.report.record; sys.exit(bool({'rich', 'pytest', 'airflow'} & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    assert subprocess.run([sys.executable, "-c", program], env=environment).returncode == 0


def test_now_has_an_offset() -> None:
    """The present instant is one a header accepts."""
    assert replace(HEADER, started=now()).started.endswith("+00:00")
