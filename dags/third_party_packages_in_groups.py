"""
Tasks that run in another environment, inside task groups: a mapped one in a nested group.

Each instance starts a Python of its own: with many of them, let one task do several pieces of work.
"""

import os
import sys
from datetime import datetime

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group

PYTHON = os.environ.get("CALENDAR_PYTHON", sys.executable)


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def third_party_packages_in_groups():
    @task_group
    def shop():
        @task_group
        def calendar():
            @task.external_python(python=PYTHON, expect_airflow=False)
            def find_easter(year):
                from dateutil.easter import easter

                return easter(year).month

            @task
            def count_orders() -> None: ...

            find_easter.expand(year=[2021, 2023])
            count_orders()

        calendar()

    shop()


third_party_packages_in_groups()
