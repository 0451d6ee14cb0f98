"""
The roles that tasks play in each pattern: what an entry of `claims.toml` may say.

A role is a field of type `str` (one task) or `tuple[str, ...]` (several). Other fields say what the DAG's owner
believes of it, times in seconds. A field that a claim leaves out leaves out the cases that need it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

UNSAID: Any = None
"""What a field holds that a claim leaves out. A case only ever gets claims that fill the fields it needs."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Claim:
    """One DAG follows one pattern."""

    pattern: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]
    """The fields that name tasks."""

    dag: str
    """The id of the DAG."""
    since: str = ""
    """The first Airflow minor on which this DAG can be parsed; empty: any."""

    @property
    def label(self) -> str:
        """What tells this claim from the others: the DAG and, where there is one, the task that it is about."""
        first = next((getattr(self, role) for role in self.roles if getattr(self, role)), None)
        return f"{self.dag}:{first}" if isinstance(first, str) else self.dag

    def __repr__(self) -> str:
        return f"<claim {self.pattern} of {self.label}>"

    def has(self, needs: tuple[str, ...]) -> bool:
        """Whether this claim says everything that a case needs."""
        return all(getattr(self, need) not in (None, False) for need in needs)

    @classmethod
    def settings(cls) -> dict[str, Any]:
        """The fields that a claim may fill, with their types as text."""
        return {f.name: f.type for f in fields(cls)}


@dataclass(frozen=True, kw_only=True, repr=False)
class AnyDag(Claim):
    """Any DAG at all; nobody has to claim it."""

    pattern = "any-dag"
    roles = ()


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


@dataclass(frozen=True, kw_only=True, repr=False)
class Retry(Claim):
    """One task that is tried again when it fails."""

    pattern = "retry"
    roles = ("task",)

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
    timeout: float = UNSAID
    """How long one try may take (`execution_timeout`)."""
    notifies: bool = False
    """Whether the task has callbacks for retry, failure and success."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SensorTimeout(Claim):
    """One sensor that gives up waiting."""

    pattern = "sensor-timeout"
    roles = ("sensor", "downstream")

    sensor: str
    """The task that waits."""
    interval: float = UNSAID
    """The seconds between two looks (`poke_interval`)."""
    timeout: float = UNSAID
    """The seconds after which the sensor gives up."""
    reschedules: bool = False
    """Whether the sensor leaves its worker between two looks (mode `reschedule`)."""
    downstream: str = UNSAID
    """A task directly behind the sensor."""
    retry_delay: float = UNSAID
    """The wait before the sensor is tried again after an error (not after a timeout)."""
    soft: bool = False
    """Timing out is a skip, not a failure (`soft_fail`)."""
    forgives: bool = False
    """An error while looking is a skip, not a failure (`never_fail`)."""
    silent: bool = False
    """An error while looking means "not yet" (`silent_fail`)."""
    longest_interval: float = UNSAID
    """With exponential backoff: the longest wait between two looks (`max_wait`)."""

    @property
    def fails(self) -> bool:
        """Whether timing out is a failure."""
        return not self.soft

    @property
    def steady(self) -> bool:
        """Whether the sensor looks at a constant interval."""
        return self.longest_interval is None


PATTERNS: dict[str, type[Claim]] = {
    kind.pattern: kind for kind in (AnyDag, SingleTask, Serial, Parallel, Retry, SensorTimeout)
}
"""Every pattern by its name, in learning order."""
