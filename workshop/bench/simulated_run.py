"""
How fast a simulated run is, beside `DAG.test()`: `python -m workshop.bench.simulated_run`.

Prints a table. Nothing fails here, for what else a machine does makes single figures useless as a test: all are taken
in turn, round by round, and a ratio is the median of the ratios of every round.

`DAG.test()` runs as it ships, in a process of its own and on a plain SQLite file. In ours it would share the Execution
API that the simulator makes once for a process, and be twenty times faster on 3.0 to 3.2; on the sandbox's database it
would share the pool of connections, and be up to twice as fast on all versions.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from conformance.errors import UserError
from conformance.folder.parse import parse
from conformance.sandbox import home
from conformance.seam.api import airflow, airflow_version
from conformance.simulator import fail, never, simulate

ENOUGH_SECONDS = 20.0
LEAST_ROUNDS = 3
MOST_ROUNDS = 25

TIMES_FASTER = {(2, 7): {"run": 1.0}, (3, 0): {"run": 25.0, "scheduler": 8.0}, (3, 3): {"run": 4.0}}
"""How many times faster than `DAG.test()` a simulated run of five tasks has to be, by depth, from a version on."""

PATIENT_SECONDS = 1.0
"""How long the simulation of the DAG `patient` may take."""

DAG_TEST = "DAG.test(), 5 tasks"
DEPTHS = {depth: f'simulate(depth="{depth}"), 5 tasks' for depth in ("run", "scheduler")}
PATIENT = "3 retries at 10 min exponential, two 5-min sensor timeouts"


class Times(NamedTuple):
    """Real seconds of one piece of work: of its first call, and of one call in every round after it."""

    first: float
    later: list[float]


def main() -> int:
    """Measure, print the table, and return the exit code."""
    console = Console()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="airflow-conformance-bench-") as folder,
            dag_test_as_shipped(Path(folder)) as dag_test,
            console.status("measuring …"),
        ):
            entered = home.enter(Path(folder))
            try:
                times = measure({DAG_TEST: dag_test, **simulations()})
            finally:
                entered.leave()
    except UserError as error:
        print(f"airflow-conformance: {error}", file=sys.stderr)
        return 2
    console.print(table(times))
    return 0


def measured() -> dict[str, Any]:
    """The DAGs of measured.py by id. Imports Airflow, so the sandbox must have been entered."""
    dags, error = parse(Path(__file__).parent / "dags" / "measured.py")
    if error:
        raise UserError(f"the DAGs that are measured cannot be imported: {error}")
    return dags


def simulations() -> dict[str, Callable[[], float]]:
    """What is measured in this process: each call simulates one run and returns how long it took, in seconds."""
    dags = measured()
    five = {
        name: lambda depth=depth: seconds(lambda: simulate(dags["five"], depth=depth)) for depth, name in DEPTHS.items()
    }
    scenario = fail("retried"), never("poke"), never("reschedule")
    return {**five, PATIENT: lambda: seconds(lambda: simulate(dags["patient"], *scenario))}


@contextmanager
def dag_test_as_shipped(folder: Path) -> Iterator[Callable[[], float]]:
    """Each call runs `DAG.test()` once, in a process that never simulates, and returns how long it took, in seconds."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(there, folder), daemon=True)
    process.start()
    there.close()

    def once() -> float:
        here.send(True)
        return here.recv()  # type: ignore[no-any-return]

    try:
        yield once
    finally:
        here.close()
        process.join()


def _serve(requests: Connection, folder: Path) -> None:
    entered = home.enter(folder)
    plain = entered.db.with_name("plain.db")
    shutil.copyfile(entered.db, plain)
    os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{plain}"
    try:
        five = measured()["five"]
        airflow().register(five)
        while requests.recv():
            requests.send(seconds(five.test))
    except EOFError:
        pass
    finally:
        entered.leave()


def measure(works: dict[str, Callable[[], float]]) -> dict[str, Times]:
    """Every piece of work once, then all of them in turn for as many rounds as there is time for."""
    times = {name: Times(work(), []) for name, work in works.items()}
    spent, rounds = 0.0, 0
    while rounds < LEAST_ROUNDS or (spent < ENOUGH_SECONDS and rounds < MOST_ROUNDS):
        for name, work in works.items():
            times[name].later.append(work())
            spent += times[name].later[-1]
        rounds += 1
    return times


def seconds(work: Callable[[], Any]) -> float:
    """How long one call takes, by a clock that no simulation stops."""
    start = time.clock_gettime(time.CLOCK_MONOTONIC)
    work()
    return time.clock_gettime(time.CLOCK_MONOTONIC) - start


def table(times: dict[str, Times]) -> Table:
    """The figures for people, with their budgets."""
    version = airflow_version()
    rounds = len(times[DAG_TEST].later)
    drawn = Table(title=f"Airflow {'.'.join(map(str, version))}: seconds for one run (warm: median of {rounds} rounds)")
    drawn.add_column("what")
    for column in "first call", "warm", "times faster\nthan DAG.test()":
        drawn.add_column(column, justify="right")
    drawn.add_column("budget")
    drawn.add_column("met")
    budgets = next(budget for since, budget in reversed(TIMES_FASTER.items()) if since <= version[:2])
    depth_of = {name: depth for depth, name in DEPTHS.items()}
    for name, of in times.items():
        warm, ratio, budget, met = statistics.median(of.later), None, "", None
        if name in depth_of:
            ratio = statistics.median(d / s for d, s in zip(times[DAG_TEST].later, of.later, strict=True))
            if least := budgets.get(depth_of[name]):
                budget, met = "as fast" if least == 1 else f"{least:g} times faster", ratio >= least
        if name == PATIENT:
            budget, met = f"under {PATIENT_SECONDS:g} s", warm < PATIENT_SECONDS
        verdict = {None: "", True: "[green]yes", False: "[red]no"}[met]
        drawn.add_row(name, f"{of.first:.3f}", f"{warm:.3f}", f"{ratio:.1f}" if ratio else "", budget, verdict)
    return drawn


if __name__ == "__main__":
    sys.exit(main())
