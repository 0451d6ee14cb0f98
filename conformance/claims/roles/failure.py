"""What can be claimed of tasks that fail."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.claims.roles.base import UNSAID, Claim


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
    """Whether the task is a sensor in mode `reschedule`, with time for three looks before it times out."""

    @property
    def single(self) -> bool:
        """Whether there is one instance of the task."""
        return not self.mapped
