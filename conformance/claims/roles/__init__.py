"""The roles that tasks play in each pattern: what an entry of `claims.toml` may say."""

from conformance.claims.roles.base import Claim
from conformance.claims.roles.data import PassData, XcomObjectStorage, XcomSizeLimit
from conformance.claims.roles.failure import ChainFailure, ParallelFailure, Retry, SetupTeardown
from conformance.claims.roles.flow import Branch, Merge, Parallel, Serial, SingleTask, ThirdPartyPackages
from conformance.claims.roles.joins import FanIn, Watcher
from conformance.claims.roles.rules import TriggerRules
from conformance.claims.roles.storage import ExternalStore, LargeData, SharedData
from conformance.claims.roles.waiting import AsyncWait, PollForJob, SensorResult, SensorTimeout
from conformance.claims.roles.whole import AnyDag, OwnCode, WholeDag

__all__ = [
    "PATTERNS",
    "AnyDag",
    "AsyncWait",
    "Branch",
    "ChainFailure",
    "Claim",
    "ExternalStore",
    "FanIn",
    "LargeData",
    "Merge",
    "OwnCode",
    "Parallel",
    "ParallelFailure",
    "PassData",
    "PollForJob",
    "Retry",
    "SensorResult",
    "SensorTimeout",
    "Serial",
    "SetupTeardown",
    "SharedData",
    "SingleTask",
    "ThirdPartyPackages",
    "TriggerRules",
    "Watcher",
    "WholeDag",
    "XcomObjectStorage",
    "XcomSizeLimit",
]

KINDS: tuple[type[Claim], ...] = (
    AnyDag,
    OwnCode,
    SingleTask,
    Serial,
    Parallel,
    ThirdPartyPackages,
    Branch,
    Merge,
    AsyncWait,
    TriggerRules,
    FanIn,
    Watcher,
    PassData,
    XcomSizeLimit,
    XcomObjectStorage,
    LargeData,
    SharedData,
    ExternalStore,
    PollForJob,
    SensorTimeout,
    SensorResult,
    Retry,
    ParallelFailure,
    ChainFailure,
    SetupTeardown,
)

PATTERNS = {kind.pattern: kind for kind in KINDS}
"""Every pattern by its name, in learning order."""
