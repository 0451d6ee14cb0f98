"""What can be claimed of data that goes from task to task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.claims.roles.base import UNSAID, Claim
from conformance.claims.roles.shapes import MAPPED, directly_downstream_of, downstream_of, if_said


@dataclass(frozen=True, kw_only=True, repr=False)
class PassData(Claim):
    """A task whose result other tasks use."""

    pattern = "pass-data"
    roles = ("producer", "consumer", "puller")
    shapes: ClassVar = {
        "producer": (if_said("collects", MAPPED),),
        "consumer": (directly_downstream_of("producer"), if_said("pairs", MAPPED)),
        "puller": (downstream_of("producer"),),
    }

    producer: str
    """The task that returns the data."""
    consumer: str = UNSAID
    """A task that takes what the producer returns, or one `output` of it, as an argument of its function."""
    output: str = UNSAID
    """With `multiple_outputs`: the key of the result that the consumer takes."""
    collects: bool = False
    """Whether the producer is mapped and the consumer takes the results of all its instances."""
    pairs: bool = False
    """Whether the producer and the consumer are in one mapped task group."""
    beyond_json: bool = False
    """Whether the producer may return what JSON does not know, such as a date or a set."""
    puller: str = UNSAID
    """A task somewhere downstream of the producer that calls `xcom_pull` for what the producer returned."""
    key: str = UNSAID
    """The key of another XCom, which the puller pulls from the producer, too."""
    retried: bool = False
    """Whether the producer is tried again when it fails."""
    scheduled: bool = False
    """Whether the DAG has a schedule of a day at most, so that one run follows another."""

    @property
    def whole(self) -> bool:
        """Whether the consumer takes one result as a whole."""
        return self.consumer is not None and not self.output and not self.collects

    @property
    def pulled_whole(self) -> bool:
        """Whether the puller pulls one result as a whole."""
        return self.puller is not None and not self.output and not self.collects


@dataclass(frozen=True, kw_only=True, repr=False)
class XcomSizeLimit(Claim):
    """Tasks that keep their XComs small."""

    pattern = "xcom-size-limit"
    roles = ("task",)

    task: str
    """A task that returns its result as it is."""
    limit: int = 49_344
    """How many bytes one XCom of the DAG may take in the database."""


@dataclass(frozen=True, kw_only=True, repr=False)
class XcomObjectStorage(Claim):
    """Tasks whose results may be large, with Airflow's own XCom backend for object storage switched on."""

    pattern = "xcom-object-storage"
    roles = ("producer", "between", "consumer")

    producer: str
    """The task that returns the data; it may be mapped."""
    consumer: str
    """A task that takes what the producer returns as its only argument; of a mapped producer, each instance one."""
    between: str = UNSAID
    """A task downstream of the producer and before the consumer."""
    mapped: bool = False
    """Whether the producer is mapped, or in a mapped task group."""
    retried: bool = False
    """Whether the producer is tried again when it fails."""
