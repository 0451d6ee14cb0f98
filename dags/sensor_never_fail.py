"""
A sensor that is skipped when poking raises an error (`never_fail`, Airflow 2.10 and later).

Use it for an optional source that may not even answer. A timeout still is a failure. Before 2.10, `soft_fail` did both.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def sensor_never_fail():
    @task.sensor(mode="poke", poke_interval=60, timeout=600, never_fail=True)
    def wait_for_optional_source() -> bool:
        return True

    wait_for_optional_source()


sensor_never_fail()
