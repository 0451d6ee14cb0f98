"""
A sensor that hands over what it found.

Use it when the answer is more than "it is there". Return a `PokeReturnValue`: the sensor is done when there is an
answer, whatever the answer is. What a bad answer means is the business of the next task, so that a red sensor always
says that no answer came.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import PokeReturnValue, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.sensors.base import PokeReturnValue
try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowFailException


def look_up(order: str):
    """In real life: ask whoever checks orders; None as long as there is no answer."""
    return "accepted" if order else None


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def sensor_result():
    @task.sensor(mode="reschedule", poke_interval=600, timeout=3600)
    def wait_for_verdict() -> PokeReturnValue:
        verdict = look_up("order")
        return PokeReturnValue(is_done=verdict is not None, xcom_value=verdict)

    @task(retries=2, retry_delay=timedelta(minutes=1))
    def ship(verdict: str) -> str:
        if verdict != "accepted":
            raise AirflowFailException(f"the order is {verdict}")
        return "shipped"

    ship(wait_for_verdict())


sensor_result()
