"""What can be claimed of tasks that keep data outside of Airflow. Their own code runs, on an AWS in memory."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.claims.roles.base import UNSAID, Claim


@dataclass(frozen=True, kw_only=True, repr=False)
class LargeData(Claim):
    """One task hands large data to another through S3; only its address crosses XCom."""

    pattern = "large-data"
    roles = ("writer", "reader")

    writer: str
    """The task that stores the data and returns its address, "s3://bucket/key"; it may be mapped."""
    reader: str
    """The task behind it that fetches the data; of a mapped writer it takes all addresses, or is mapped, too."""
    bucket: str
    """The S3 bucket, which exists before the run and is empty."""
    mapped: bool = False
    """Whether the writer is mapped, with two instances or more."""
    scheduled: bool = False
    """Whether the DAG has a schedule with a run at least once a day."""
