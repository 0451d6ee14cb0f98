"""
What tasks have to be for a claim of them to make sense at all. What goes beyond that is for the cases to find out: a
broken twin has every shape that its claim asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.folder.graph import reached
from conformance.folder.summary import TaskSummary

if TYPE_CHECKING:
    from conformance.roles.claim import Claim


@dataclass(frozen=True)
class Cast:
    """A claim, and every task of its DAG by its id."""

    claim: Claim
    tasks: dict[str, TaskSummary]

    def of(self, role: str) -> tuple[str, ...]:
        """Who plays a role, in the claimed order; nobody if the claim leaves it out."""
        named = getattr(self.claim, role) or ()
        return (named,) if isinstance(named, str) else named

    def all_upstream(self, task: TaskSummary) -> frozenset[str]:
        """Return every task that leads to a task, or to a task group that is looked at as one."""
        return reached(task.upstream, lambda other: self.tasks[other].upstream)


@dataclass(frozen=True)
class Shape:
    """
    What a task has to be to play a role; `otherwise` says of one that is not: it "is not a sensor".

    With `beside`, it depends on who plays that role, whom the sentence goes on to name: it "is not downstream of"
    'load'.
    """

    fits: Callable[[TaskSummary, Cast], bool]
    otherwise: str
    beside: str = ""


SENSOR = Shape(lambda task, _: task.kind == "sensor", "is not a sensor")
DEFERRABLE = Shape(lambda task, _: task.deferrable, "does not defer")
POKING = Shape(lambda task, _: not task.deferrable, "defers, so that its trigger pokes")
BRANCH = Shape(lambda task, _: task.kind == "branch", "is not a branch")
SHORT_CIRCUIT = Shape(lambda task, _: task.kind == "short-circuit", "is not a short circuit")
ISOLATED = Shape(lambda task, _: task.kind == "isolated", "does not run in a Python environment of its own")
TEARDOWN = Shape(lambda task, _: task.teardown, "is not a teardown")
MAPPED = Shape(lambda task, _: task.mapped, "is neither mapped nor in a mapped task group")
WAITING = Shape(lambda task, _: bool(task.upstream), "waits for no other task")


def downstream_of(role: str) -> Shape:
    """All who play a role lead to the task."""
    return Shape(lambda task, cast: {*cast.of(role)} <= cast.all_upstream(task), "is not downstream of", role)


def directly_downstream_of(role: str) -> Shape:
    """All who play a role are directly upstream of the task."""
    return Shape(lambda task, cast: {*cast.of(role)} <= {*task.upstream}, "is not directly downstream of", role)


def directly_downstream_of_last(role: str) -> Shape:
    """The last who plays a role is directly upstream of the task."""
    return Shape(
        lambda task, cast: cast.of(role)[-1] in task.upstream, "is not directly downstream of the last of", role
    )


def directly_upstream_of(role: str) -> Shape:
    """The task is directly upstream of the first who plays a role."""
    return Shape(
        lambda task, cast: task.task_id in cast.tasks[cast.of(role)[0]].upstream, "is not directly upstream of", role
    )


def not_directly_downstream_of(role: str) -> Shape:
    """Nobody who plays a role is directly upstream of the task."""
    return Shape(lambda task, cast: not {*cast.of(role)} & {*task.upstream}, "is directly downstream of", role)


def downstream_of_no_other(role: str) -> Shape:
    """Nobody who plays a role leads to the task, but perhaps the first."""
    return Shape(
        lambda task, cast: not {*cast.of(role)[1:]} & cast.all_upstream(task),
        "is downstream of another than the first of",
        role,
    )


def one_of(role: str) -> Shape:
    """The task plays another role, too."""
    return Shape(lambda task, cast: task.task_id in cast.of(role), "is not one of", role)


def in_order(role: str) -> Shape:
    """All who are named before the task in its role lead to it; to one that is not named yet, all who are."""

    def fits(task: TaskSummary, cast: Cast) -> bool:
        named = cast.of(role)
        earlier = named[: named.index(task.task_id)] if task.task_id in named else named
        return {*earlier} <= cast.all_upstream(task)

    return Shape(fits, "is not downstream of all that are named before it in", role)


def two(role: str) -> Shape:
    """The task is not alone in its role."""
    return Shape(
        lambda task, cast: len({*cast.of(role), task.task_id}) > 1, "is alone, and the role needs at least two"
    )


def two_unless(other: str, role: str) -> Shape:
    """The task is not alone in its role, unless it plays another role, too, that one task is enough for."""
    several = two(role)
    return Shape(lambda task, cast: task.task_id in cast.of(other) or several.fits(task, cast), several.otherwise)


def if_said(flag: str, shape: Shape) -> Shape:
    """A shape that only a claim with that flag asks for."""
    return Shape(
        lambda task, cast: not getattr(cast.claim, flag) or shape.fits(task, cast),
        f"{shape.otherwise}, although the claim says '{flag}'",
    )


def unless_said(flag: str, shape: Shape) -> Shape:
    """A shape that only a claim without that flag asks for."""
    return Shape(
        lambda task, cast: bool(getattr(cast.claim, flag)) or shape.fits(task, cast),
        f"{shape.otherwise}; say '{flag} = true'",
    )


def any_mapped(flag: str, role: str) -> Shape:
    """Somebody who plays the task's role is mapped, if a claim has that flag."""

    def fits(task: TaskSummary, cast: Cast) -> bool:
        among = [task, *(cast.tasks[task_id] for task_id in cast.of(role))]
        return not getattr(cast.claim, flag) or any(one.mapped for one in among)

    return Shape(fits, f"is not mapped, nor is any beside it, although the claim says '{flag}'")


ENOUGH = Shape(
    lambda task, cast: len({*cast.of("upstreams"), task.task_id}) >= (getattr(cast.claim, "at_least", 0) or 0),
    "is one of fewer than 'at_least' says",
)
