"""
An Airflow Variable is shared by all runs of all DAGs.

Use it for settings, and for what one run leaves to the next one. Not for what tasks of one run share: a Variable does
not know of runs, so that runs at the same time overwrite each other's (see `shared_data` instead).
"""

from datetime import datetime

try:
    from airflow.sdk import Variable, dag, get_current_context, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models import Variable
    from airflow.operators.python import get_current_context


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def shared_variable():
    @task
    def take_turn():
        """Who was here before; then sign."""
        before = Variable.get("last_run_of_shared_variable", None)
        Variable.set("last_run_of_shared_variable", get_current_context()["run_id"])
        return before

    take_turn()


shared_variable()
