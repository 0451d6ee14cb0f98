"""What can be claimed of tasks that wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.claims.roles.base import UNSAID, Claim
from conformance.claims.roles.shapes import (
    DEFERRABLE,
    POKING,
    SENSOR,
    directly_downstream_of,
    downstream_of,
    if_said,
    unless_said,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class AsyncWait(Claim):
    """One task that defers: it waits without a worker. Its own code runs, and its trigger does not."""

    pattern = "async-wait"
    roles = ("task", "downstream")

    task: str
    """The task, which defers once."""
    returns_event: bool = False
    """The task returns the event with which it goes on."""
    timeout: float = UNSAID
    """The longest that it stays deferred (`timeout` of `defer`)."""
    retries: int = UNSAID
    """How often it is tried again after it timed out."""
    execution_timeout: float = UNSAID
    """How long one try may take (`execution_timeout`); the deferral itself has no shorter timeout."""
    downstream: str = UNSAID
    """A task downstream of it, which waits for nothing else."""


OF_POKES = ("interval", "longest_interval", "reschedules", "default_timeout", "retry_delay", "forgives", "silent")
"""What can be claimed only of a sensor that pokes itself: the cases that ask for it speak of its pokes."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SensorTimeout(Claim):
    """One sensor that gives up waiting."""

    pattern = "sensor-timeout"
    roles = ("sensor", "downstream")
    shapes: ClassVar = {
        "sensor": (
            SENSOR,
            if_said("deferrable", DEFERRABLE),
            unless_said("deferrable", POKING),
            *(if_said(setting, POKING) for setting in OF_POKES),
        ),
        "downstream": (directly_downstream_of("sensor"),),
    }

    sensor: str
    """The task that waits."""
    interval: float = UNSAID
    """The seconds between two pokes (`poke_interval`)."""
    timeout: float = UNSAID
    """The seconds after which the sensor gives up."""
    default_timeout: bool = False
    """Whether the sensor has no `timeout` of its own."""
    reschedules: bool = False
    """Whether the sensor leaves its worker between two pokes (mode `reschedule`)."""
    deferrable: bool = False
    """Whether the sensor defers: it waits without a worker, and its trigger pokes."""
    retries: int = UNSAID
    """How often the sensor is tried again."""
    downstream: str = UNSAID
    """A task directly downstream of the sensor."""
    retry_delay: float = UNSAID
    """The wait before the sensor is tried again after an error (not after a timeout)."""
    soft: bool = False
    """Timing out is a skip, not a failure (`soft_fail`)."""
    forgives: bool = False
    """An error while poking is a skip, not a failure (`never_fail`)."""
    silent: bool = False
    """An error while poking means "not yet" (`silent_fail`)."""
    longest_interval: float = UNSAID
    """With exponential backoff: the longest wait between two pokes (`max_wait`)."""

    @property
    def fails(self) -> bool:
        """Whether timing out is a failure."""
        return not self.soft

    @property
    def stays(self) -> bool:
        """Whether the sensor keeps its worker between two pokes (mode `poke`)."""
        return not (self.reschedules or self.deferrable)

    @property
    def pokes(self) -> bool:
        """Whether it is the sensor that pokes, and not its trigger."""
        return not self.deferrable

    @property
    def steady(self) -> bool:
        """Whether the sensor pokes at a constant interval."""
        return self.longest_interval is None and not self.deferrable


@dataclass(frozen=True, kw_only=True, repr=False)
class PollForJob(Claim):
    """
    One task starts a job, a sensor waits for it. Their own code runs, on an AWS in memory, and the job is played: runs
    of a Glue job, or a script that keeps its status in an object of S3, as JSON: {"status": "doing"}, then "succeeded"
    or "failed".
    """

    pattern = "poll-for-job"
    roles = ("start", "sensor", "downstream")
    shapes: ClassVar = {"sensor": (SENSOR, downstream_of("start")), "downstream": (directly_downstream_of("sensor"),)}

    start: str
    """The task that starts the job."""
    sensor: str
    """The sensor downstream of it that waits for the end of the job."""
    downstream: str
    """A task directly downstream of the sensor; that of a script fails if the script has failed."""
    job: str = UNSAID
    """The name of the Glue job."""
    script: str = UNSAID
    """The name of a Python file that is started with `subprocess`; its last argument is the address of the status,
    "s3://bucket/key"."""
    bucket: str = UNSAID
    """The bucket that the status of the script is in; it exists before the run and is empty."""
    takes: float = UNSAID
    """How long the script takes, if it is not played. Its `main` gets the arguments of the command line."""
    interval: float
    """The seconds between two pokes (`poke_interval`)."""
    timeout: float
    """The seconds after which the sensor gives up; at least two intervals."""

    @property
    def known(self) -> bool:
        """Whether `job`, or `script` with its `bucket`, is given."""
        return self.job is not None or (self.script is not None and self.bucket is not None)


@dataclass(frozen=True, kw_only=True, repr=False)
class SensorResult(Claim):
    """A sensor that hands what it found to the next task."""

    pattern = "sensor-result"
    roles = ("sensor", "downstream")
    shapes: ClassVar = {"sensor": (SENSOR,), "downstream": (directly_downstream_of("sensor"),)}

    sensor: str
    """The sensor."""
    downstream: str
    """The task directly downstream of it that gets what the sensor found. Its own code runs, on an AWS in memory."""
    good: str
    """A result with which the next task succeeds."""
    bad: str
    """A result with which the next task fails."""
    finds: str = UNSAID
    """What the sensor's own code finds in a simulation, at its first poke."""
