"""
What an upgrade of twenty DAGs and a page of ten thousand records take: `python -m workshop.bench.upgrade_and_page`.

Prints a table. The seconds that people wait are by the clock on the wall, so what else a machine does is in them; the
CPU seconds of the same are beside them.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from conformance import versions
from conformance.claims.kinds import kinds
from conformance.environments import build
from conformance.errors import UserError
from conformance.report import html
from conformance.report.chapters import chapters
from workshop.bench import many_dags
from workshop.selftest import processes, samples
from workshop.selftest.chromium import CHROMIUM, Page

FROM, TO, DAGS = "2.11", "3.3", 20
UPGRADE_SECONDS = 60.0
WRITING_SECONDS = 3.0
PAGE_MEGABYTES = 5.0
PAINT_SECONDS = 1.0


class Figure(NamedTuple):
    """One line of the table; without a `measured` value, `missing` says what that would take."""

    what: str
    budget: float
    unit: str
    measured: float | None
    cpu: float | None = None
    missing: str = ""

    def row(self) -> tuple[str, ...]:
        """What the table shows."""
        cpu = "" if self.cpu is None else f"{self.cpu:.1f} s"
        if self.measured is None:
            return self.what, self.missing, cpu, f"{self.budget:g} {self.unit}", ""
        met = "[green]yes" if self.measured < self.budget else "[red]no"
        return self.what, f"{self.measured:.2f} {self.unit}", cpu, f"{self.budget:g} {self.unit}", met


def main() -> int:
    """Measure, print the table, and return the exit code."""
    console = Console()
    table = Table("what", title="What people wait for")
    for column in ("measured", "CPU", "budget", "met"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory(prefix="airflow-conformance-large-") as room, console.status("measuring …"):
        for figure in (upgrade(Path(room)), *page(Path(room))):
            table.add_row(*figure.row())
    console.print(table)
    return 0


def upgrade(room: Path) -> Figure:
    """An upgrade with both environments in place, of DAGs for which something changes or does not: exit 0 or 1."""
    what = f"upgrade of {DAGS} DAGs, {FROM} → {TO}"
    missing = [airflow for airflow in (FROM, TO) if not _is_built(airflow)]
    if missing:
        how = "build it: airflow-conformance verify --airflow"
        return Figure(what, UPGRADE_SECONDS, "s", None, missing=f"no environment of Airflow {missing[0]}; {how}")
    folder = many_dags.write(room / "dags", DAGS)

    def work() -> None:
        done = processes.command("upgrade", "--from", FROM, "--to", TO, folder, cwd=room)
        assert done.returncode in (0, 1), done.stdout + done.stderr

    return Figure(what, UPGRADE_SECONDS, "s", *_spent(work))


def page(room: Path) -> Iterator[Figure]:
    """The page of a large report: how long it takes to write, how large it is, and when a browser has painted it."""
    made, file = samples.large(room), room / "report.html"
    what = "report.html of 10,000 records"
    texts = chapters(set(kinds()))
    writing = _spent(lambda: file.write_text(html.written([made], texts), encoding="utf-8"))
    yield Figure(f"{what}, written", WRITING_SECONDS, "s", *writing)
    yield Figure(f"{what}, its size", PAGE_MEGABYTES, "MB", file.stat().st_size / 1e6)
    painted = None
    if CHROMIUM:
        with Page() as browser:
            painted = browser.first_paint(file)
    yield Figure(f"{what}, first paint", PAINT_SECONDS, "s", painted, missing="no Chromium: apt install chromium")


def _is_built(airflow: str) -> bool:
    pin = versions.find(airflow)
    try:
        return build.is_complete(build.location(pin, build.interpreter(pin).minor))
    except UserError:
        return False


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """The seconds that a piece of work takes: by the clock on the wall, and of CPU with those of its children."""
    wall, cpu = time.monotonic(), _cpu()
    work()
    return time.monotonic() - wall, _cpu() - cpu


def _cpu() -> float:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.exit(main())
