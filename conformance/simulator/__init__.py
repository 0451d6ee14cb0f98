"""Runs one DAG run: Airflow decides, a scenario says what tasks do, a clock jumps."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from conformance.seam.api import Key
from conformance.simulator.aws import Touch, aws
from conformance.simulator.run import SimulatedRun, duration
from conformance.simulator.scenario import (
    Word,
    choose,
    defer,
    do,
    done_after,
    fail,
    fail_for_good,
    for_real,
    gives,
    hang,
    lacks,
    never,
    receive,
    short_circuit,
    skip,
    succeed,
    takes,
)
from conformance.simulator.simulate import simulate
from conformance.simulator.subprocesses import scripts
from conformance.simulator.xcom_backends import object_storage, size_limited

Simulate = Callable[..., SimulatedRun]
"""`simulate(dag, *scenario, **options)`, as a case gets it: with the id of a DAG under test."""


class Simulator(Protocol):
    """The same, where a case also asks Airflow for what need not be played."""

    def __call__(self, dag: str, *scenario: Word, **options: Any) -> SimulatedRun:
        """Simulate a run."""

    def retry_waits(self, dag: str, task: str) -> list[float]:
        """The seconds before each retry of a task that always fails."""

    def next_run(self, dag: str, at: datetime) -> datetime | None:
        """When the first run of a DAG is created that is turned on at `at`; None if there is none."""

    def refused(self, dag: str, conf: dict[str, Any]) -> str:
        """Why Airflow creates no run with a conf; empty if it does."""


__all__ = [
    "Key",
    "Simulate",
    "SimulatedRun",
    "Simulator",
    "Touch",
    "Word",
    "aws",
    "choose",
    "defer",
    "do",
    "done_after",
    "duration",
    "fail",
    "fail_for_good",
    "for_real",
    "gives",
    "hang",
    "lacks",
    "never",
    "object_storage",
    "receive",
    "scripts",
    "short_circuit",
    "simulate",
    "size_limited",
    "skip",
    "succeed",
    "takes",
]
