"""
What it takes to verify a folder of many DAGs: `python -m workshop.bench.folder [COUNT …]`, by default 10 and 100.

Prints a table of CPU seconds, which a busy machine leaves nearly alone. Only how much faster two processes are, which
is measured with the largest folder, is by the clock on the wall. Of the milliseconds a run, those in which Airflow
decides are none of ours, and nor are most of the others, in which its worker runs tasks.

The budget is three times what Airflow's own DagBag takes to parse the folder, and 20 ms a simulated run; it is for
everything but what a process takes to begin with, which is measured with a folder of one DAG.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from conformance.seam.api import airflow_version
from workshop.bench import many_dags
from workshop.selftest import processes

COUNTS = (10, 100)
TIMES_PARSING = 3
SECONDS_A_RUN = 0.02
TIMES_FASTER = 1.6


class Spent(NamedTuple):
    """
    CPU seconds of a piece of work with its children, those of its simulated runs, and of Airflow's decisions in these;
    how many runs there are, the most MiB, and seconds by the clock on the wall.
    """

    cpu: float
    simulating: float = 0.0
    deciding: float = 0.0
    runs: int = 0
    peak: int = 0
    wall: float = 0.0


def main() -> int:
    """Measure, print the table, and return the exit code."""
    counts = tuple(map(int, sys.argv[1:])) or COUNTS
    console = Console()
    title = f"Airflow {'.'.join(map(str, airflow_version()))}: CPU seconds to verify DAGs of ten tasks"
    table = Table(title=title)
    for column in (
        *("DAGs", "DagBag", "verify", "budget", "met", "runs", "ms a\nrun", "to\ndecide", "peak\nMiB"),
        f"-n 2\n(≥ {TIMES_FASTER:g})",
    ):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory(prefix="airflow-conformance-growth-") as room, console.status("measuring …"):
        one = many_dags.write(Path(room) / "1", 1)
        start, start_of_bag = in_a_process(verified, one), in_a_process(parsed, one)
        for count in counts:
            folder = many_dags.write(Path(room) / str(count), count)
            bag = in_a_process(parsed, folder).cpu - start_of_bag.cpu
            whole = in_a_process(verified, folder)
            budget = TIMES_PARSING * bag + SECONDS_A_RUN * whole.runs
            cpu = whole.cpu - start.cpu
            ms = [f"{1000 * seconds / whole.runs:.0f}" for seconds in (whole.simulating, whole.deciding)]
            figures = [f"{bag:.1f}", f"{cpu:.1f}", f"{budget:.1f}", "yes" if cpu <= budget else "no", whole.runs]
            faster = f"{whole.wall / by_two(folder):.1f}" if count == max(counts) else ""
            table.add_row(*map(str, (count, *figures, *ms, whole.peak, faster)))
    console.print(table)
    return 0


def in_a_process(work: Callable[[Path], Spent], folder: Path) -> Spent:
    """What a piece of work on a folder takes in a process of its own."""
    pool = multiprocessing.get_context("spawn").Pool(1)
    try:
        return pool.apply(work, (folder,))
    finally:  # not terminated: Airflow would take that for a task's end
        pool.close()
        pool.join()


def parsed(folder: Path) -> Spent:
    """Let Airflow parse a folder."""
    from conformance.sandbox import home

    with tempfile.TemporaryDirectory() as room:
        entered = home.enter(Path(room))
        try:
            from airflow.models import DagBag

            start = _cpu()
            bag = DagBag(str(folder))
            assert len(bag.dags) == len(list(folder.glob("*.py"))), bag.import_errors
            return Spent(_cpu() - start)
        finally:
            entered.leave()


def verified(folder: Path) -> Spent:
    """Verify a folder, and look at the simulated runs."""
    import pytest

    from conformance.simulator.deciders import ByRun
    from conformance.simulator.simulation import Simulation

    simulating, deciding = _timed(Simulation, "manual_run"), _timed(ByRun, "decide")
    began = time.monotonic()
    start = _cpu()
    with tempfile.TemporaryDirectory() as room, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        options = (
            "--conformance-quiet",
            "-p",
            "no:cacheprovider",
            "-p",
            "conformance.pytest_plugin.plugin",
            "--dags",
            str(folder),
        )
        code = pytest.main(["--pyargs", "conformance.patterns", "--report", f"{room}/report.jsonl", *options])
    assert code == 0, f"exit {code}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    wall = time.monotonic() - began
    return Spent(_cpu() - start, sum(simulating), sum(deciding), len(simulating), peak, wall)


def by_two(folder: Path) -> float:
    """Seconds by the clock on the wall that two processes take to verify a folder."""
    start = time.monotonic()
    done = processes.verify(folder, "-n", 2, cwd=folder.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - start


def _timed(owner: type, name: str) -> list[float]:
    """Note the CPU seconds of every call of a method from now on."""
    spent: list[float] = []
    own = getattr(owner, name)

    def timed(*args: object, **options: object) -> object:
        start = time.process_time()
        try:
            return own(*args, **options)
        finally:
            spent.append(time.process_time() - start)

    setattr(owner, name, timed)
    return spent


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    sys.exit(main())
