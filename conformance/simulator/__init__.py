"""Runs one DAG run: Airflow decides, a scenario says what tasks do, a clock jumps."""

from collections.abc import Callable

from conformance.simulator.aws import Touch, aws
from conformance.simulator.run import SimulatedRun
from conformance.simulator.scenario import (
    Word,
    choose,
    defer,
    do,
    done_after,
    fail,
    fail_for_good,
    for_real,
    hang,
    lacks,
    never,
    receive,
    short_circuit,
    skip,
    succeed,
    takes,
)
from conformance.simulator.scripts import scripts
from conformance.simulator.seam import Key
from conformance.simulator.simulate import simulate
from conformance.simulator.xcom_backends import object_storage, size_limited

Simulate = Callable[..., SimulatedRun]
"""`simulate(dag, *scenario, **options)`, as a case gets it: with the id of a DAG under test."""

__all__ = [
    "Key",
    "Simulate",
    "SimulatedRun",
    "Touch",
    "Word",
    "aws",
    "choose",
    "defer",
    "do",
    "done_after",
    "fail",
    "fail_for_good",
    "for_real",
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
