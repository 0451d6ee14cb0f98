"""The specification: one module per pattern, in learning order."""

ORDER = (
    "any_dag",
    "single_task",
    "serial",
    "parallel",
    "third_party_packages",
    "branch",
    "merge",
    "async_wait",
    "retry",
    "sensor_timeout",
)
"""The modules in learning order."""
