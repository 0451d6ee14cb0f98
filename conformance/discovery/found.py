"""What was found in a DAG: a claim, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conformance.discovery.ruled_graph import RuledGraph
from conformance.roles.claim import Claim

Kind = TypeVar("Kind", bound=Claim)


@dataclass(frozen=True)
class Found:
    """
    A claim that a DAG seems to keep, and what in the DAG speaks for it, in one or two lines.

    `held_back` says why nobody should have it checked who did not ask for it; empty: nothing speaks against it.
    """

    claim: Claim
    why: str
    held_back: str = ""


RUNS_CODE = "its cases run the code of the DAG's own tasks, on an AWS in memory and without network"


def claimed(kind: type[Kind], graph: RuledGraph, **said: Any) -> Kind:
    """A claim about a DAG; what is None is left out."""
    return kind(dag=graph.dag.dag_id, **{name: value for name, value in said.items() if value is not None})


def length(seconds: float) -> str:
    """A time in words: "10 minutes"."""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return _number(seconds / size, unit)
    return _number(seconds, "second")


def some(tasks: Sequence[str], word: str = "and") -> str:
    """Up to three names, and how many more there are."""
    named = list(tasks[:3]) + [f"{len(tasks) - 3} more"] * (len(tasks) > 3)
    return f" {word} ".join(filter(None, (", ".join(named[:-1]), named[-1])))


def _number(count: float, unit: str) -> str:
    return f"{count:g} {unit}{'s' * (count != 1)}"
