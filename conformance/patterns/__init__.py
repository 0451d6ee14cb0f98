"""The specification: one module per pattern, in learning order."""

ORDER = (
    "any_dag",
    "single_task",
    "serial",
    "parallel",
    "fan_in",
    "watcher",
    "sensor_timeout",
    "retry",
    "parallel_failure",
    "chain_failure",
    "setup_teardown",
)
"""The modules in learning order."""
