"""
A join that works with what is there, once everybody has had a try: `all_done_min_one_success`, from Airflow 3.1 on.

Use it where several sources can each fail and one is enough. Unlike `one_success` it waits for all of them, and unlike
`all_done` it does not run with nothing. Do not use it after a branch: one skipped source is enough to skip it, even
if another one has failed, and then the run is a success.
"""

from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def trigger_rules_min_one():
    @task
    def ask_bank() -> None:
        print("rates of the bank")

    @task
    def ask_exchange() -> None:
        print("rates of the exchange")

    @task(trigger_rule="all_done_min_one_success")
    def publish_rates() -> None:
        print("rates")

    [ask_bank(), ask_exchange()] >> publish_rates()


trigger_rules_min_one()
