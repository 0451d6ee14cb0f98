"""What can be claimed of tasks that keep data outside of Airflow. Their own code runs, on an AWS in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.claims.roles.base import UNSAID, Claim
from conformance.claims.roles.shapes import MAPPED, downstream_of, if_said


@dataclass(frozen=True, kw_only=True, repr=False)
class LargeData(Claim):
    """One task hands large data to another through S3; only its address crosses XCom."""

    pattern = "large-data"
    roles = ("writer", "reader")
    shapes: ClassVar = {"writer": (if_said("mapped", MAPPED),), "reader": (downstream_of("writer"),)}

    writer: str
    """The task that stores the data and returns its address, "s3://bucket/key"; it may be mapped."""
    reader: str
    """The task downstream of it that fetches the data; of a mapped writer it takes all addresses, or is mapped, too."""
    bucket: str
    """The S3 bucket, which exists before the run and is empty."""
    mapped: bool = False
    """Whether the writer is mapped, with two instances or more."""
    scheduled: bool = False
    """Whether the DAG has a schedule with a run at least once a day."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SharedData(Claim):
    """Tasks of one run write to one item of DynamoDB."""

    pattern = "shared-data"
    roles = ("writer", "total", "winner", "source", "recorder", "variable")
    shapes: ClassVar = {
        "writer": (MAPPED,),
        "total": (downstream_of("writer"),),
        "winner": (MAPPED,),
        "recorder": (downstream_of("source"),),
    }

    writer: str = UNSAID
    """A mapped task, each of whose instances adds to the item."""
    total: str = UNSAID
    """A task downstream of the writer that returns the sum of what was added."""
    sum: int = UNSAID
    """The sum, if nothing is lost."""
    winner: str = UNSAID
    """A mapped task of which one instance, whichever, returns true, and all others false."""
    source: str = UNSAID
    """A task that returns a text for the item."""
    recorder: str = UNSAID
    """The task downstream of the source that writes the text to the item."""
    table: str = UNSAID
    """The table, which exists before the run and is empty."""
    key: str = UNSAID
    """The one attribute, a text, that is the key of the table."""
    expires: str = UNSAID
    """The attribute that says when DynamoDB may remove an item (its "time to live")."""
    keeps: float = UNSAID
    """How long an item is kept."""
    variable: str = UNSAID
    """A task of a DAG with a daily schedule that returns what a Variable holds, and then sets it; it has no default."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ExternalStore(Claim):
    """One task writes results to S3 that outlive the run."""

    pattern = "external-store"
    roles = ("source", "writer")
    shapes: ClassVar = {"writer": (downstream_of("source"),)}

    source: str
    """The task that returns what is to be written: a list of texts."""
    writer: str
    """The task downstream of it that writes one object or more; more for a longer list."""
    bucket: str
    """The S3 bucket, which exists before the run and is empty."""
