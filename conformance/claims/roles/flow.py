"""What can be claimed of the order in which tasks run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.claims.roles.base import UNSAID, Claim
from conformance.claims.roles.shapes import (
    BRANCH,
    ISOLATED,
    MAPPED,
    SHORT_CIRCUIT,
    WAITING,
    any_mapped,
    directly_downstream_of,
    directly_upstream_of,
    downstream_of,
    downstream_of_no_other,
    if_said,
    not_directly_downstream_of,
    two,
)


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
    shapes: ClassVar = {"tasks": (two("tasks"),)}

    tasks: tuple[str, ...]
    """The tasks, in the order in which they run."""
    mapped: bool = False
    """Whether the tasks are in a mapped task group, two instances at least."""
    over_result: bool = False
    """Whether that group is mapped over the result of a task."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Parallel(Claim):
    """Tasks side by side, none waiting for another, at the end of their DAG."""

    pattern = "parallel"
    roles = ("tasks",)
    shapes: ClassVar = {"tasks": (two("tasks"),)}

    tasks: tuple[str, ...]
    """The siblings."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ThirdPartyPackages(Claim):
    """One task that runs in another Python environment. Its own code runs, and that of its inputs."""

    pattern = "third-party-packages"
    roles = ("task", "inputs", "sibling")
    shapes: ClassVar = {"task": (ISOLATED,), "inputs": (directly_upstream_of("task"),)}

    task: str
    """The isolated task."""
    inputs: tuple[str, ...] = ()
    """The tasks whose results are its arguments."""
    result: str = UNSAID
    """What it returns, as Python writes it."""
    package: str = UNSAID
    """The name by which it imports a package of its environment."""
    sibling: str = UNSAID
    """A task that neither needs the package nor waits for the isolated task."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Branch(Claim):
    """
    A branch, which follows some of the arms downstream of it, or a short circuit, which stops everything downstream of
    it.

    A claim speaks of one of the two: of a `brancher` and its `arms`, or of a `gate` and what it guards.
    """

    pattern = "branch"
    roles = ("brancher", "gate", "arms", "shared", "guarded", "later")
    groups = ("group",)
    shapes: ClassVar = {
        "brancher": (BRANCH,),
        "gate": (SHORT_CIRCUIT, directly_upstream_of("guarded")),
        "arms": (
            directly_downstream_of("brancher"),
            two("arms"),
            if_said("mapped", MAPPED),
            any_mapped("mapped_arm", "arms"),
        ),
        "group": (directly_downstream_of("brancher"),),
        "shared": (directly_downstream_of("brancher"), downstream_of_no_other("arms")),
        "guarded": (downstream_of("gate"), if_said("mapped", MAPPED)),
        "later": (downstream_of("gate"), not_directly_downstream_of("gate")),
    }

    brancher: str = UNSAID
    """The task that chooses."""
    arms: tuple[str, ...] = UNSAID
    """Tasks directly downstream of the brancher, two at least, none of them downstream of another."""
    mapped_arm: bool = False
    """Whether one of the arms is a mapped task."""
    group: str = UNSAID
    """The id of a task group directly downstream of the brancher."""
    shared: str = UNSAID
    """A task that is directly downstream of both the brancher and the first arm, and of no other arm."""
    gate: str = UNSAID
    """The short-circuit task."""
    guarded: tuple[str, ...] = UNSAID
    """
    Tasks downstream of the gate that must not run when its condition is false, the first of them directly downstream of
    it.
    """
    later: str = UNSAID
    """Behind a soft short circuit (`ignore_downstream_trigger_rules=False`): a task that runs all the same."""
    mapped: bool = False
    """Whether the tasks are in a mapped task group, two instances at least."""
    over_result: bool = False
    """Whether that group is mapped over the result of a task."""

    @property
    def hard(self) -> bool:
        """Whether a short circuit guards all that is downstream of it."""
        return self.later is None


@dataclass(frozen=True, kw_only=True, repr=False)
class Merge(Claim):
    """One task that joins the arms of a branch."""

    pattern = "merge"
    roles = ("join", "brancher", "arms")
    shapes: ClassVar = {
        "brancher": (BRANCH,),
        "arms": (
            directly_downstream_of("brancher"),
            two("arms"),
            if_said("mapped", MAPPED),
            any_mapped("mapped_arm", "arms"),
        ),
        "join": (WAITING, downstream_of("arms"), if_said("mapped_join", MAPPED)),
    }

    brancher: str
    """The task that chooses."""
    arms: tuple[str, ...]
    """Tasks directly downstream of the brancher, two at least, none of them downstream of another."""
    join: str
    """The task downstream of the arms that brings them together."""
    mapped_arm: bool = False
    """Whether one of the arms is a mapped task."""
    needs_every_arm: bool = False
    """The join runs only when every arm was chosen, as the default rule has it."""
    runs_without_arm: bool = False
    """The join runs also when no arm was chosen."""
    runs_after_failure: bool = False
    """The join runs also when the chosen arms failed."""
    mapped: bool = False
    """Whether the brancher and its arms are in a mapped task group, two instances at least."""
    mapped_join: bool = False
    """Whether the join is in that mapped task group, too."""
    over_result: bool = False
    """Whether that group is mapped over the result of a task."""

    @property
    def needs_any_arm(self) -> bool:
        """Whether one arm is enough for the join, whichever it is."""
        return not self.needs_every_arm

    @property
    def needs_an_arm(self) -> bool:
        """Whether the join is skipped when no arm was chosen."""
        return not self.runs_without_arm

    @property
    def needs_success(self) -> bool:
        """Whether the failure of a chosen arm stops the join."""
        return not self.runs_after_failure
