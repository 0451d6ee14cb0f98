"""The views of reports, by name, and where each of them goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from conformance.files import add, write
from conformance.patterns import NAMES
from conformance.report.durations import slowest
from conformance.report.record import Report, read
from conformance.report.severity import together
from conformance.report.terminal import print_matrix
from conformance.report.views import badge, github, junit, markdown, sarif


def html(reports: Sequence[Report]) -> str:
    """The page, with the chapters of the patterns that the reports have records of."""
    from conformance.report.chapters import chapters
    from conformance.report.html import written

    return written(reports, chapters({record.pattern for report in reports for record in report.records}))


VIEWS: dict[str, Callable[[Sequence[Report]], str]] = {
    "html": html,
    "junit": junit.written,
    "markdown": markdown.written,
    "sarif": sarif.written,
    "badge": badge.written,
}


def show(paths: Sequence[Path], files: Mapping[str, Path], annotate: bool, root: str) -> None:
    """Write views of reports to files and print annotations; if neither is wanted, print the table of each report."""
    reports = [_moved(report, root) for report in together([read(path) for path in paths])]
    for name, file in files.items():
        # What GitHub shows in the end is what all steps of a job have added to one file.
        (add if name == "markdown" else write)(file, VIEWS[name](reports))
    if annotate:
        print(github.written(reports), end="")
    elif not files:
        for report in reports:
            print_matrix(report, Console(), list(NAMES))


def _moved(report: Report, root: str) -> Report:
    """A report whose places are seen from the top of a repository that has the folder of DAGs below `root`."""
    if not root.strip("./"):
        return report
    records = tuple(replace(r, where=f"{root.strip('./')}/{r.where}" if r.where else "") for r in report.records)
    return replace(report, records=records)


def show_after_the_run(report: Path, html: Path | None, durations: int) -> None:
    """Write the page of a report, if it is wanted, and name so many of its slowest DAGs and cases."""
    if html:
        show([report], {"html": html}, False, "")
    if durations:
        print("", *slowest(read(report).records, durations), sep="\n")
