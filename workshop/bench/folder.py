"""
What it takes to verify a folder of many DAGs: `python -m workshop.bench.folder [COUNT …]`, by default 10 and 100.

Prints a table of CPU seconds, which a busy machine leaves nearly alone; only what people wait for is by the clock on
the wall. A first time nothing is known of the folder; then it is verified again as it is, and with one file changed.

The budgets are for everything but what a process takes to begin with, which is measured with a folder of one DAG.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from conformance.seam.api import airflow_version
from workshop.bench import many_dags
from workshop.selftest import processes

COUNTS = (10, 100)
SECONDS_A_DAG = 0.35
"""The budget of the first time."""
TIMES_PARSING = 1.5
SECONDS_AGAIN = 10.0
"""The budget of the second time: so much of what Airflow takes to parse the folder, and so many seconds."""
SECONDS_OF_ONE = 2.0
"""What a changed file may take more than none."""

PARSE = """
import sys, tempfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from conformance.sandbox import home

entered = home.enter(Path(tempfile.mkdtemp()))
try:
    from airflow.models import DagBag
    bag = DagBag(sys.argv[1])
    assert not bag.import_errors, bag.import_errors
finally:
    entered.leave()
"""


class Spent(NamedTuple):
    """What a piece of work takes with its children: CPU seconds, and seconds by the clock on the wall."""

    cpu: float
    wall: float


def main() -> int:
    """Measure, print the table, and return the exit code."""
    counts = tuple(map(int, sys.argv[1:])) or COUNTS
    console = Console(width=110)
    title = f"Airflow {'.'.join(map(str, airflow_version()))}: CPU seconds to verify DAGs of {many_dags.TASKS} tasks"
    table = Table(title=f"{title}, {many_dags.SHAPES} shapes (wall: with all processors)")
    for column in ("DAGs", "DagBag", "first", "budget", "met", "wall", "again", "budget", "met", "wall"):
        table.add_column(column, justify="right")
    for column in ("one\nchanged", "budget", "met"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory(prefix="airflow-conformance-growth-") as room, console.status("measuring …"):
        home = Path(room)
        one = many_dags.write(home / "1", 1)
        verified(one, home)  # makes what is made once for a machine
        begin, begin_of_bag = verified(one, home).cpu, parsed(one, home).cpu
        for count in counts:
            folder = many_dags.write(home / str(count), count)
            bag = parsed(folder, home).cpu - begin_of_bag
            first, again = verified(folder, home), verified(folder, home)
            with next(folder.glob("*.py")).open("a") as file:
                file.write("\nCHANGED = True\n")
            changed = verified(folder, home)
            table.add_row(
                *(str(count), f"{bag:.1f}", *held(first.cpu - begin, SECONDS_A_DAG * count), f"{first.wall:.0f}"),
                *(*held(again.cpu, TIMES_PARSING * bag + SECONDS_AGAIN), f"{again.wall:.0f}"),
                *held(changed.cpu - again.cpu, SECONDS_OF_ONE),
            )
    console.print(table)
    return 0


def held(measured: float, budget: float) -> tuple[str, str, str]:
    """What was measured, what it may be, and whether it is."""
    return f"{measured:.1f}", f"{budget:.1f}", "[green]yes" if measured <= budget else "[red]no"


def parsed(folder: Path, home: Path) -> Spent:
    """Let Airflow parse a folder."""
    return _spent(lambda: processes.python(PARSE, folder, XDG_CACHE_HOME=home))


def verified(folder: Path, home: Path) -> Spent:
    """Verify a folder; what is kept from one time to the next is in `home`."""
    return _spent(lambda: processes.verify(folder, "--report", home / "report.jsonl", cwd=home, XDG_CACHE_HOME=home))


def _spent(work: Callable[[], CompletedProcess[str]]) -> Spent:
    began, before = time.monotonic(), _cpu()
    done = work()
    assert done.returncode == 0, done.stdout + done.stderr
    return Spent(_cpu() - before, time.monotonic() - began)


def _cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    sys.exit(main())
