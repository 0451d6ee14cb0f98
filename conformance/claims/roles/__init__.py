"""The roles that tasks play in each pattern: what an entry of `claims.toml` may say."""

from conformance.claims.roles.base import AnyDag, Claim
from conformance.claims.roles.failure import Retry
from conformance.claims.roles.flow import Parallel, Serial, SingleTask
from conformance.claims.roles.joins import FanIn, Watcher
from conformance.claims.roles.waiting import SensorTimeout

__all__ = [
    "PATTERNS",
    "AnyDag",
    "Claim",
    "FanIn",
    "Parallel",
    "Retry",
    "SensorTimeout",
    "Serial",
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
    Retry,
    SensorTimeout,
)

PATTERNS = {kind.pattern: kind for kind in KINDS}
"""Every pattern by its name, in learning order."""
