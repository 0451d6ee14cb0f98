"""The specification: one module per pattern, from what can be claimed to the last case; in learning order."""

ORDER = (
    "any_dag",
    "own_code",
    "single_task",
    "schedule",
    "latest_only",
    "earlier_runs",
    "serial",
    "parallel",
    "third_party_packages",
    "branch",
    "merge",
    "limits",
    "async_wait",
    "trigger_rules",
    "fan_in",
    "watcher",
    "callbacks",
    "pass_data",
    "params",
    "templates",
    "mapping",
    "xcom_size_limit",
    "xcom_object_storage",
    "large_data",
    "shared_data",
    "external_store",
    "poll_for_job",
    "sensor_timeout",
    "sensor_result",
    "retry",
    "parallel_failure",
    "chain_failure",
    "setup_teardown",
)
"""The modules in learning order."""

NAMES = tuple(module.replace("_", "-") for module in ORDER)
"""The patterns in learning order, as claims and reports name them."""
