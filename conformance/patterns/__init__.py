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
    "trigger_rules",
    "pass_data",
    "xcom_size_limit",
    "sensor_timeout",
    "retry",
)
"""The modules in learning order."""
