"""
A task that needs a package which is not, or cannot be, installed where Airflow is.

Prepare an environment with the package once, and let the task run in it: nothing is downloaded while the task runs, and
no version of the package can break Airflow. The function is sent there as text: it imports what it needs in its body,
sees nothing else of this file, and takes and returns plain values. Use `@task.virtualenv`, which builds an environment
for each try, only where a package index is always at hand.
"""

import os
import sys
from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

# For example /opt/calendar/bin/python; here, any Python that has the package dateutil.
PYTHON = os.environ.get("CALENDAR_PYTHON", sys.executable)


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def third_party_packages():
    @task
    def pick_years() -> list[int]:
        return [2024, 2025]

    @task.external_python(python=PYTHON, expect_airflow=False)
    def find_easter(years):
        from dateutil.easter import easter

        return [easter(year).isoformat() for year in years]

    @task
    def count_orders() -> None: ...

    find_easter(pick_years())
    count_orders()


third_party_packages()
