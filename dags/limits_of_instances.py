"""
Shops that are asked three at a time, for their service bears no more.

Use `max_active_tis_per_dagrun` for the instances of a mapped task in one run, `max_active_tis_per_dag` for those in all
runs.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def limits_of_instances():
    @task(max_active_tis_per_dagrun=3)
    def ask(shop: int) -> int:
        return shop

    @task(max_active_tis_per_dag=2)
    def call(shop: int) -> int:
        return shop

    ask.expand(shop=[1, 2, 3, 4, 5, 6, 7])
    call.expand(shop=[1, 2, 3, 4, 5])


limits_of_instances()
