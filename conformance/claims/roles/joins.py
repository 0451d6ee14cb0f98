"""What can be claimed of tasks that wait for several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.claims.roles.base import UNSAID, Claim
from conformance.claims.roles.shapes import ENOUGH, WAITING, directly_upstream_of, downstream_of, one_of, two


@dataclass(frozen=True, kw_only=True, repr=False)
class FanIn(Claim):
    """One task that waits for several, and goes on if enough of them have succeeded."""

    pattern = "fan-in"
    roles = ("join", "upstreams", "required", "either")
    shapes: ClassVar = {
        "join": (WAITING,),
        "upstreams": (directly_upstream_of("join"), two("upstreams"), ENOUGH),
        "required": (one_of("upstreams"),),
        "either": (one_of("upstreams"), two("either")),
    }

    join: str
    """
    The task that waits; it is directly downstream of its upstreams. Its own code runs, for it may be what decides.
    """
    upstreams: tuple[str, ...]
    """The tasks directly before the join, in any order. They return what the DAG's own code returns."""
    at_least: int = UNSAID
    """How many upstreams have to succeed, whichever they are."""
    required: tuple[str, ...] = UNSAID
    """With `either`: the upstreams that all have to succeed."""
    either: tuple[str, ...] = UNSAID
    """The upstreams of which one has to succeed, and all of `required`."""

    @property
    def needs_all(self) -> bool:
        """Whether every upstream has to succeed."""
        return self.at_least is None and self.either is None

    @property
    def decides(self) -> bool:
        """Whether some upstreams are enough, which the join finds out for itself."""
        return not self.needs_all


@dataclass(frozen=True, kw_only=True, repr=False)
class Watcher(Claim):
    """A task that runs whatever happened, and maybe another one that watches for failures."""

    pattern = "watcher"
    roles = ("last", "watcher", "watched", "retried")
    shapes: ClassVar = {
        "last": (WAITING, downstream_of("watched")),
        "watcher": (WAITING, downstream_of("watched")),
        "retried": (one_of("watched"),),
    }

    last: str
    """The task that runs whatever happened before it."""
    watched: tuple[str, ...]
    """The tasks before the last one whose failure matters."""
    watcher: str = UNSAID
    """The task that fails when another one has failed; it is directly downstream of all of them. Its own code runs."""
    retried: str = UNSAID
    """A watched task that has a retry at least."""
    over_result: bool = False
    """Whether all of them are in a task group that is mapped over the result of a task."""

    @property
    def unwatched(self) -> bool:
        """Whether nobody watches."""
        return self.watcher is None
