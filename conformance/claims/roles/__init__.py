"""The roles that tasks play in each pattern: what an entry of `claims.toml` may say."""

from conformance.claims.roles.base import AnyDag, Claim
from conformance.claims.roles.data import PassData, XcomSizeLimit
from conformance.claims.roles.failure import Retry
from conformance.claims.roles.flow import Branch, Merge, Parallel, Serial, SingleTask, ThirdPartyPackages
from conformance.claims.roles.rules import TriggerRules
from conformance.claims.roles.storage import ExternalStore, LargeData, SharedData
from conformance.claims.roles.waiting import AsyncWait, PollForJob, SensorResult, SensorTimeout
from conformance.claims.roles.whole import Rehearsal

__all__ = [
    "AnyDag",
    "AsyncWait",
    "Branch",
    "Claim",
    "ExternalStore",
    "LargeData",
    "Merge",
    "PATTERNS",
    "Parallel",
    "PassData",
    "PollForJob",
    "Rehearsal",
    "Retry",
    "SensorResult",
    "SensorTimeout",
    "Serial",
    "SharedData",
    "SingleTask",
    "ThirdPartyPackages",
    "TriggerRules",
    "XcomSizeLimit",
]

KINDS: tuple[type[Claim], ...] = (
    AnyDag,
    SingleTask,
    Serial,
    Parallel,
    ThirdPartyPackages,
    Branch,
    Merge,
    AsyncWait,
    TriggerRules,
    PassData,
    XcomSizeLimit,
    LargeData,
    SharedData,
    ExternalStore,
    PollForJob,
    SensorTimeout,
    SensorResult,
    Retry,
    Rehearsal,
)

PATTERNS = {kind.pattern: kind for kind in KINDS}
"""Every pattern by its name, in learning order."""
