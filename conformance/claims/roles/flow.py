"""What can be claimed of the order in which tasks run."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.claims.roles.base import Claim


@dataclass(frozen=True, kw_only=True, repr=False)
class SingleTask(Claim):
    """A DAG of one task."""

    pattern = "single-task"
    roles = ("task",)

    task: str
    """The one task of the DAG."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Serial(Claim):
    """Tasks one after another."""

    pattern = "serial"
    roles = ("tasks",)

    tasks: tuple[str, ...]
    """The tasks, in the order in which they run."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Parallel(Claim):
    """Tasks side by side, none waiting for another, at the end of their DAG."""

    pattern = "parallel"
    roles = ("tasks",)

    tasks: tuple[str, ...]
    """The siblings."""
