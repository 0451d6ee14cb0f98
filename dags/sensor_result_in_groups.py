"""
Sensors that hand over what they found, inside task groups and mapped.

Use it when each of several things has an answer of its own. A mapped sensor hands over a list of all answers once the
last one is there; in a mapped task group each answer goes on by itself.
"""

from datetime import datetime

try:
    from airflow.sdk import PokeReturnValue, dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
    from airflow.sensors.base import PokeReturnValue
try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowFailException


def look_up(order: str):
    """In real life: ask whoever checks orders; None as long as there is no answer."""
    return "accepted" if order else None


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def sensor_result_in_groups():
    @task.sensor(mode="reschedule", poke_interval=600, timeout=3600)
    def wait_for_verdict(order: str) -> PokeReturnValue:
        verdict = look_up(order)
        return PokeReturnValue(is_done=verdict is not None, xcom_value=verdict)

    @task
    def ship(verdict: str) -> str:
        if verdict != "accepted":
            raise AirflowFailException(f"the order is {verdict}")
        return "shipped"

    @task
    def ship_all(verdicts: list[str]) -> str:
        if set(verdicts) != {"accepted"}:
            raise AirflowFailException(f"the orders are {', '.join(verdicts)}")
        return "shipped"

    @task_group
    def shop():
        @task_group
        def counter():
            ship(wait_for_verdict("lamp"))

        @task_group
        def online():
            ship_all(wait_for_verdict.expand(order=["book", "chair"]))

        counter()
        online()

    @task_group
    def country(order: str):
        ship(wait_for_verdict(order))

    shop()
    country.expand(order=["france", "spain"])


sensor_result_in_groups()
