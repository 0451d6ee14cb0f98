"""The specification: one module per pattern, in learning order."""

ORDER = (
    "any_dag",
    "single_task",
    "serial",
    "parallel",
    "large_data",
    "sensor_timeout",
    "retry",
)
"""The modules in learning order."""
