"""What can be claimed of tasks that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.claims.roles.base import UNSAID, Claim
from conformance.claims.roles.shapes import (
    MAPPED,
    POKING,
    SENSOR,
    TEARDOWN,
    directly_downstream_of,
    directly_downstream_of_last,
    downstream_of,
    if_said,
    in_order,
    one_of,
    two,
    two_unless,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Retry(Claim):
    """One task that is tried again when it fails."""

    pattern = "retry"
    roles = ("task",)
    shapes: ClassVar = {"task": (if_said("reschedules", SENSOR), if_said("reschedules", POKING))}

    task: str
    """The task that is retried."""
    retries: int
    """How many times, after the first try."""
    delay: float = UNSAID
    """The constant wait before each retry."""
    backoff_from: float = UNSAID
    """With exponential backoff: the shortest first wait."""
    backoff_cap: float = UNSAID
    """With exponential backoff: the longest wait."""
    backoff_factor: float = UNSAID
    """With exponential backoff: how many times longer each wait is than the one before it; 2 unless said otherwise."""
    timeout: float = UNSAID
    """How long one try may take (`execution_timeout`)."""
    notifies: bool = False
    """Whether the task has callbacks for retry, failure and success."""
    mapped: bool = False
    """Whether the task, or a task group around it, is mapped over two items at least."""
    defers: bool = False
    """Whether the task is of an operator that defers."""
    reschedules: bool = False
    """Whether the task is a sensor in mode `reschedule`, with time for three pokes before it times out."""

    @property
    def single(self) -> bool:
        """Whether there is one instance of the task."""
        return not self.mapped


@dataclass(frozen=True, kw_only=True, repr=False)
class ParallelFailure(Claim):
    """Tasks side by side, of which some fail."""

    pattern = "parallel-failure"
    roles = ("siblings", "needs_all", "needs_one", "always", "retried", "each", "collect")
    shapes: ClassVar = {
        "siblings": (two_unless("each", "siblings"),),
        "needs_all": (downstream_of("siblings"),),
        "needs_one": (downstream_of("siblings"),),
        "always": (downstream_of("siblings"),),
        "retried": (one_of("siblings"),),
        "each": (MAPPED,),
        "collect": (downstream_of("each"),),
    }

    siblings: tuple[str, ...]
    """The tasks side by side: none waits for another, and none of them is mapped unless `each` is said."""
    needs_all: str = UNSAID
    """The join downstream of all siblings that needs all of them (`all_success`)."""
    needs_one: str = UNSAID
    """The join downstream of all siblings that needs one of them (`one_success`)."""
    always: str = UNSAID
    """The join downstream of all siblings that runs whatever happened (`all_done`)."""
    stops: bool = False
    """Whether the first failure ends the run (`fail_fast`, before Airflow 3 `fail_stop`)."""
    retried: str = UNSAID
    """With `stops`: a sibling that has a retry at least."""
    each: str = UNSAID
    """A task that is mapped over two items at least, not in a mapped task group."""
    collect: str = UNSAID
    """The task downstream of all instances of `each` that goes on with what those returned that succeeded."""

    @property
    def goes_on(self) -> bool:
        """Whether a failure leaves the siblings alone."""
        return not self.stops


@dataclass(frozen=True, kw_only=True, repr=False)
class ChainFailure(Claim):
    """Tasks one after another, of which one fails."""

    pattern = "chain-failure"
    roles = ("tasks", "recovery", "after")
    shapes: ClassVar = {
        "tasks": (two("tasks"), in_order("tasks")),
        "recovery": (directly_downstream_of_last("tasks"),),
        "after": (downstream_of("recovery"),),
    }

    tasks: tuple[str, ...]
    """The tasks up to the recovery point, in the order in which they run; two at least."""
    recovery: str = UNSAID
    """The task directly downstream of the last of them that runs whatever happened."""
    after: str = UNSAID
    """A task downstream of the recovery point."""
    retries: int = UNSAID
    """How many retries the last of the tasks has."""
    run_timeout: float = UNSAID
    """How long a run may take (`dagrun_timeout`)."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SetupTeardown(Claim):
    """A task that makes something, tasks that need it, and a task that removes it."""

    pattern = "setup-teardown"
    roles = ("teardown", "setup", "work", "after")
    shapes: ClassVar = {
        "teardown": (TEARDOWN, downstream_of("setup")),
        "work": (directly_downstream_of("setup"),),
        "after": (downstream_of("work"),),
    }

    setup: str
    """The task that makes it: a setup."""
    work: tuple[str, ...]
    """Every task between the two, each directly downstream of the setup."""
    teardown: str
    """The task that removes it: the teardown of that setup."""
    strict: bool = False
    """Whether the run is to fail when the teardown does (`on_failure_fail_dagrun`)."""
    after: str = UNSAID
    """A task downstream of the task group that all these are in."""

    @property
    def forgiving(self) -> bool:
        """Whether the run may succeed although the teardown failed."""
        return not self.strict
