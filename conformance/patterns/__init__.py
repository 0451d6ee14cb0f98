"""The specification: one module per pattern, in learning order."""

ORDER = (
    "any_dag",
    "single_task",
    "serial",
    "parallel",
    "pass_data",
    "xcom_size_limit",
    "retry",
    "sensor_timeout",
)
"""The modules in learning order."""
