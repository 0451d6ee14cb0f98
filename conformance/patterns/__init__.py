"""The specification: one module per pattern, in learning order."""

ORDER = (
    "any_dag",
    "single_task",
    "serial",
    "parallel",
    "trigger_rules",
    "retry",
    "sensor_timeout",
)
"""The modules in learning order."""
