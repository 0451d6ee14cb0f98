"""The specification: one module per pattern, in learning order."""

ORDER = (
    "any_dag",
    "single_task",
    "serial",
    "parallel",
    "fan_in",
    "watcher",
    "retry",
    "sensor_timeout",
)
"""The modules in learning order."""
