"""The roles that tasks play in each pattern: what an entry of `claims.toml` may say."""

from conformance.claims.roles.base import AnyDag, Claim
from conformance.claims.roles.failure import Retry
from conformance.claims.roles.flow import Parallel, Serial, SingleTask
from conformance.claims.roles.storage import LargeData
from conformance.claims.roles.waiting import SensorTimeout

__all__ = ["PATTERNS", "AnyDag", "Claim", "LargeData", "Parallel", "Retry", "SensorTimeout", "Serial", "SingleTask"]

KINDS: tuple[type[Claim], ...] = (
    AnyDag,
    SingleTask,
    Serial,
    Parallel,
    LargeData,
    SensorTimeout,
    Retry,
)

PATTERNS = {kind.pattern: kind for kind in KINDS}
"""Every pattern by its name, in learning order."""
