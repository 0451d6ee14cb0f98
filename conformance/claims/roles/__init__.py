"""The roles that tasks play in each pattern: what an entry of `claims.toml` may say."""

from conformance.claims.roles.base import AnyDag, Claim
from conformance.claims.roles.failure import ChainFailure, ParallelFailure, Retry, SetupTeardown
from conformance.claims.roles.flow import Parallel, Serial, SingleTask
from conformance.claims.roles.joins import FanIn, Watcher
from conformance.claims.roles.waiting import SensorTimeout

__all__ = [
    "PATTERNS",
    "AnyDag",
    "ChainFailure",
    "Claim",
    "FanIn",
    "Parallel",
    "ParallelFailure",
    "Retry",
    "SensorTimeout",
    "Serial",
    "SetupTeardown",
    "SingleTask",
    "Watcher",
]

KINDS: tuple[type[Claim], ...] = (
    AnyDag,
    SingleTask,
    Serial,
    Parallel,
    FanIn,
    Watcher,
    SensorTimeout,
    Retry,
    ParallelFailure,
    ChainFailure,
    SetupTeardown,
)

PATTERNS = {kind.pattern: kind for kind in KINDS}
"""Every pattern by its name, in learning order."""
