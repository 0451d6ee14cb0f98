"""
Sensors: tasks that wait for something outside of Airflow, and give up in the end.

Always set `timeout`: the default is seven days. Use mode `poke` for waits of minutes and `reschedule` for longer
ones: a poking sensor keeps its worker slot all the time. Use `soft_fail` when it is all right that what you wait
for does not come.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


def is_there(name: str) -> bool:
    """In real life: look for the file, the table, the partition."""
    return bool(name)


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def sensor_timeout():
    @task.sensor(mode="poke", poke_interval=60, timeout=600, retries=2)
    def wait_for_file() -> bool:
        return is_there("file")

    @task.sensor(mode="reschedule", poke_interval=600, timeout=3600, retries=2, retry_delay=timedelta(minutes=4))
    def wait_for_table() -> bool:
        return is_there("table")

    @task.sensor(mode="poke", poke_interval=60, timeout=600, soft_fail=True)
    def wait_for_extra() -> bool:
        return is_there("extra")

    @task.sensor(mode="poke", poke_interval=60, timeout=600, silent_fail=True)
    def wait_for_flaky_service() -> bool:
        return is_there("service")

    @task.sensor(mode="poke", poke_interval=30, timeout=86400, exponential_backoff=True, max_wait=timedelta(minutes=10))
    def wait_for_slow_service() -> bool:
        return is_there("slow service")

    @task.sensor(
        mode="reschedule", poke_interval=60, timeout=7200, exponential_backoff=True, max_wait=timedelta(minutes=10)
    )
    def wait_for_slow_table() -> bool:
        return is_there("slow table")

    @task.sensor(mode="reschedule", poke_interval=86400)
    def wait_for_a_person() -> bool:
        """Without `timeout`: a week."""
        return is_there("signature")

    @task
    def use(what: str) -> str:
        return what

    wait_for_file() >> use.override(task_id="use_file")("file")
    wait_for_table() >> use.override(task_id="use_table")("table")
    wait_for_extra() >> use.override(task_id="use_extra")("extra")
    wait_for_flaky_service()
    wait_for_slow_service()
    wait_for_slow_table()
    wait_for_a_person()


sensor_timeout()
