"""Every view says what the report says, for every outcome, and nothing that a DAG says can break out of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.errors import UserError
from conformance.report.durations import slowest
from conformance.report.record import Outcome, Record, Report
from conformance.report.severity import Weight, remarkable, together, weigh
from conformance.report.show import show
from conformance.report.views import badge, github, junit, markdown, sarif
from workshop.selftest.samples import DEVIATION, EACH, FAILED, HOSTILE, PASSED, report

pytestmark = pytest.mark.at_the_newest

UNTOLD = {Outcome.error, Outcome.assumed, Outcome.not_run}
SAYS_NOTHING = {Outcome.passed, Outcome.not_applicable}


def test_weights() -> None:
    """What makes a run not conform is an error, what leaves it open a warning; only these keep an exit code from 0."""
    weights = {outcome: weigh(outcome) for outcome in Outcome}

    assert {o for o, weight in weights.items() if weight is Weight.error} == {Outcome.failed, Outcome.surprise}
    assert {o for o, weight in weights.items() if weight is Weight.warning} == UNTOLD
    assert {o for o, weight in weights.items() if weight is Weight.fine} == SAYS_NOTHING
    assert [weigh(record.outcome) for record in remarkable(EACH)] == sorted(
        (weight for weight in weights.values() if weight), reverse=True
    )


def test_reports_come_together_by_version(tmp_path: Path) -> None:
    """Reports are sorted by Airflow version as numbers, not as text."""
    reports = [report(tmp_path, PASSED, airflow=version) for version in ("2.10.5", "3.0.6", "2.7.3")]

    assert [found.header.airflow for found in together(reports)] == ["2.7.3", "2.10.5", "3.0.6"]


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"of": "dags"}, r"different folders \(dags, shop\): give reports of one"),
        ({"kit": "0.2.0"}, r"different versions of the kit \(0.1.0, 0.2.0\)"),
        ({"airflow": "3.3.2"}, "Two of these reports are of Airflow 3.3.2"),
    ],
)
def test_reports_that_do_not_belong_together_are_refused(tmp_path: Path, other: dict[str, str], sentence: str) -> None:
    """Reports of different folders, kits, or twice of one Airflow are one sentence."""
    with pytest.raises(UserError, match=sentence):
        together([report(tmp_path, PASSED), report(tmp_path, PASSED, **{"airflow": "2.7.3", **other})])  # type: ignore[arg-type]


def test_junit(tmp_path: Path) -> None:
    """JUnit has a suite for each version and a test for each record; what was not run is an error, no skip."""
    root = ElementTree.fromstring(junit.written([report(tmp_path, *EACH), report(tmp_path, PASSED, airflow="2.7.3")]))

    assert [(s.get("name"), s.get("tests")) for s in root] == [
        ("airflow-3.3.2", str(len(EACH))),
        ("airflow-2.7.3", "1"),
    ]
    tags = {case.get("name", "").partition(":")[2]: [said.tag for said in case] for case in root[0]}
    assert tags["passed"] == []
    assert tags["failed"] == tags["surprise"] == ["failure"]
    assert tags["error"] == tags["not-run"] == ["error"]
    assert all(found == ["skipped"] for name, found in tags.items() if weigh(Outcome(name)) < Weight.warning and found)
    assert root[0].get("failures") == "2"


def test_junit_holds_any_text(tmp_path: Path) -> None:
    """Characters that XML cannot hold, and its own, do not break the file."""
    odd = replace(FAILED, message=f"\x1b[31m\x00{HOSTILE}]]>\ud800")

    (case,) = ElementTree.fromstring(junit.written([report_of(odd, tmp_path)])).iter("testcase")

    assert f"\ufffd[31m\ufffd{HOSTILE}]]>\ufffd" in (case[0].text or "")


def report_of(record: Record, folder: Path) -> Report:
    """A report of one record that need not be writable."""
    return replace(report(folder, PASSED), records=(record,))


def test_annotations(tmp_path: Path) -> None:
    """Each record with something to say is a command on the line of its DAG, once for all versions."""
    reports = [report(tmp_path, *EACH, airflow=version) for version in ("2.7.3", "3.3.2")]

    lines = github.written(reports).splitlines()

    assert len(lines) == len(Outcome) - len(SAYS_NOTHING)
    assert lines[0].startswith(
        "::error file=shop/o.py,line=9,title=RETRY-002 failed on Airflow 2.7.3%2C 3.3.2::orders:"
    )
    assert "%0A  pay  failed  tries 2" in lines[0]
    commands = [line.split(" ")[0] for line in lines]
    assert commands == sorted(commands, key=["::error", "::warning", "::notice"].index)


def test_annotations_cannot_be_broken_out_of(tmp_path: Path) -> None:
    """No text of a DAG ends its command, sets another property, or begins a command of its own."""
    odd = replace(FAILED, subject="a\n::stop::", message="50% a\r\n::set-output name=x::y", where="shop/a,b=1::b.py:3")

    (line,) = github.written([report(tmp_path, odd)]).splitlines()

    assert line.startswith(
        "::error file=shop/a%2Cb=1%3A%3Ab.py,line=3,title=RETRY-002 failed on Airflow 3.3.2::a%0A::stop"
    )
    assert "50%25 a%0D%0A::set-output" in line


def test_badge(tmp_path: Path) -> None:
    """The badge shows the worst verdict and the range of versions."""
    good = report(tmp_path, PASSED, airflow="2.7.3")

    assert json.loads(badge.written([good])) == {
        "schemaVersion": 1,
        "label": "Airflow 2.7",
        "message": "conforms",
        "color": "brightgreen",
    }
    both = json.loads(badge.written([good, report(tmp_path, FAILED)]))
    assert (both["label"], both["message"], both["color"]) == ("Airflow 2.7 to 3.3", "does-not-conform", "red")


def test_sarif(tmp_path: Path) -> None:
    """SARIF has a run for each version, a rule for each case, and a result for each remarkable record."""
    log = json.loads(sarif.written([report(tmp_path, *EACH, DEVIATION), report(tmp_path, PASSED, airflow="2.7.3")]))

    first, second = log["runs"]
    assert (log["version"], second["results"]) == ("2.1.0", [])
    assert len(first["results"]) == len(Outcome) - len(SAYS_NOTHING) + 1
    assert {rule["id"] for rule in first["tool"]["driver"]["rules"]} == {"RETRY-002", "RETRY-014"}
    assert {result["level"] for result in first["results"]} == {"error", "warning", "note"}
    assert first["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "shop/o.py"},
        "region": {"startLine": 9},
    }
    assert len({run["automationDetails"]["id"] for run in log["runs"]}) == 2


def test_markdown(tmp_path: Path) -> None:
    """The summary has the verdict, a line of counts for each version, and each record that has something to say."""
    text = markdown.written([report(tmp_path, PASSED, airflow="2.7.3"), report(tmp_path, *EACH)])

    assert text.startswith("## Airflow conformance of `shop`: does-not-conform\n")
    assert "| 2.7.3 | conforms | 1 |" in text
    assert text.count("<details>") == text.count("</details>") == len(Outcome) - len(SAYS_NOTHING)
    assert "### Airflow 2.7.3" not in text


def test_markdown_cannot_be_broken_out_of(tmp_path: Path) -> None:
    """What a DAG says is escaped or stands in a fence that it cannot close."""
    odd = replace(FAILED, subject=HOSTILE, message=f"```\n````\n{HOSTILE}", where=f"shop/{HOSTILE}.py")

    text = markdown.written([report(tmp_path, odd)])

    outside, _, rest = text.partition("`````text\n")
    inside, _, after = rest.partition("\n`````\n")
    assert HOSTILE in inside
    assert "<script" not in outside + after
    assert "<img" not in outside + after


def test_markdown_stays_short(tmp_path: Path) -> None:
    """Of very many records the summary shows some, says how many more there are, and fits what GitHub shows."""
    many = [replace(FAILED, subject=f"orders:{n}", message="x" * 9000) for n in range(markdown.MOST + 7)]

    text = markdown.written([report(tmp_path, *many)])

    assert len(text.encode()) < 1024 * 1024
    assert "… and 7 more." in text


def test_command_writes_every_view(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every view is written to its file, with places as seen from the repository; a summary is added to."""
    reports = [report(tmp_path, FAILED), report(tmp_path, FAILED, airflow="2.7.3")]
    files = {name: tmp_path / name for name in ("html", "junit", "markdown", "sarif", "badge")}
    files["markdown"].write_text("before\n")

    show([tmp_path / f"{found.header.airflow}.jsonl" for found in reports], files, annotate=True, root="etl/")

    assert all(file.stat().st_size > 50 for file in files.values())
    assert files["markdown"].read_text().startswith("before\n## ")
    assert "::error file=etl/shop/o.py,line=9," in capsys.readouterr().out
    assert '"uri": "etl/shop/o.py"' in files["sarif"].read_text()


def test_command_without_a_view_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an option the report is shown as verify shows it."""
    report(tmp_path, FAILED)

    show([tmp_path / "3.3.2.jsonl"], {}, annotate=False, root="")

    assert "does-not-conform: 1 failed" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["report", "x.jsonl", "--html", "page.html"], ["diff", "x.jsonl", "x.jsonl"]])
def test_a_report_that_is_none_is_one_sentence(tmp_path: Path, command: list[str]) -> None:
    """A truncated report is one sentence and exit 2, and nothing is written."""
    report(tmp_path, FAILED)
    whole = (tmp_path / "3.3.2.jsonl").read_text()
    (tmp_path / "x.jsonl").write_text(whole[: len(whole) // 2])

    done = subprocess.run(
        [sys.executable, "-m", "conformance.cli", *command], cwd=tmp_path, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"airflow-conformance: x\.jsonl[^\n]* cut off[^\n]*\n", done.stderr)
    assert not (tmp_path / "page.html").exists()


def test_a_view_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file in a folder that does not exist is one sentence."""
    report(tmp_path, FAILED)

    with pytest.raises(UserError, match="name a file in a folder that exists"):
        show([tmp_path / "3.3.2.jsonl"], {"badge": tmp_path / "none" / "badge.json"}, annotate=False, root="")


def test_views_need_neither_airflow_nor_pytest() -> None:
    """Importing every view, the page too, loads neither Airflow nor pytest."""
    names = "report.views.junit, conformance.report.views.sarif, conformance.report.html, conformance.report.diff"
    program = f"import sys, conformance.{names}; sys.exit(bool({{'pytest', 'airflow'}} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_the_slowest_are_named() -> None:
    """DAGs and cases come by the time that all their records took; what was cached took none."""
    slow = replace(PASSED, dag="slow", seconds=2.0)
    records = [slow, replace(slow, subject="slow:b"), replace(PASSED, dag="quick", seconds=1.0, case="RETRY-002")]

    lines = [*slowest([*records, replace(slow, dag="known", seconds=9.0, cached=True)], 1)]

    assert lines == [
        "Slowest DAGs",
        "      4.0 s  slow (2 times)",
        "Slowest cases",
        f"      4.0 s  {PASSED.case} {PASSED.claim} (2 times)",
    ]
