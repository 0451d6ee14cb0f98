"""The roles that tasks play in each pattern: what an entry of `claims.toml` may say."""

from conformance.claims.roles.base import AnyDag, Claim
from conformance.claims.roles.failure import Retry
from conformance.claims.roles.flow import Parallel, Serial, SingleTask
from conformance.claims.roles.storage import ExternalStore, LargeData, SharedData
from conformance.claims.roles.waiting import PollForJob, SensorResult, SensorTimeout

__all__ = [
    "PATTERNS",
    "AnyDag",
    "Claim",
    "ExternalStore",
    "LargeData",
    "Parallel",
    "PollForJob",
    "Retry",
    "SensorResult",
    "SensorTimeout",
    "Serial",
    "SharedData",
    "SingleTask",
]

KINDS: tuple[type[Claim], ...] = (
    AnyDag,
    SingleTask,
    Serial,
    Parallel,
    LargeData,
    SharedData,
    ExternalStore,
    PollForJob,
    SensorTimeout,
    SensorResult,
    Retry,
)

PATTERNS = {kind.pattern: kind for kind in KINDS}
"""Every pattern by its name, in learning order."""
