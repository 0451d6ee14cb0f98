"""The specification: one module per pattern, from what can be claimed to the last case."""

from __future__ import annotations

from conformance.patterns.async_wait import AsyncWait
from conformance.patterns.branch import Branch
from conformance.patterns.chain_failure import ChainFailure
from conformance.patterns.external_store import ExternalStore
from conformance.patterns.fan_in import FanIn
from conformance.patterns.large_data import LargeData
from conformance.patterns.merge import Merge
from conformance.patterns.parallel import Parallel
from conformance.patterns.parallel_failure import ParallelFailure
from conformance.patterns.pass_data import PassData
from conformance.patterns.poll_for_job import PollForJob
from conformance.patterns.retry import Retry
from conformance.patterns.sensor_result import SensorResult
from conformance.patterns.sensor_timeout import SensorTimeout
from conformance.patterns.serial import Serial
from conformance.patterns.setup_teardown import SetupTeardown
from conformance.patterns.shared_data import SharedData
from conformance.patterns.single_task import SingleTask
from conformance.patterns.third_party_packages import ThirdPartyPackages
from conformance.patterns.trigger_rules import TriggerRules
from conformance.patterns.watcher import Watcher
from conformance.patterns.xcom_object_storage import XcomObjectStorage
from conformance.patterns.xcom_size_limit import XcomSizeLimit
from conformance.roles.claim import Claim
from conformance.roles.whole_dag import AnyDag, OwnCode

__all__ = [
    "PATTERNS",
    "AsyncWait",
    "Branch",
    "ChainFailure",
    "ExternalStore",
    "FanIn",
    "LargeData",
    "Merge",
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

ORDER = tuple(name.replace("-", "_") for name in PATTERNS)
"""The modules in learning order."""
