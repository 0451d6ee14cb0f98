"""
An Airflow Variable is shared by all runs of all DAGs.

Use it for settings, and for what one run leaves to the next one. Not for what tasks of one run share: a Variable does
not know of runs, so that runs at the same time overwrite each other's (see `shared_data` instead).
"""

from datetime import datetime

try:
    from airflow.sdk import Variable, dag, get_current_context, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
    from airflow.models import Variable
    from airflow.operators.python import get_current_context


@task
def take_turn(book: str):
    """Who was here before; then sign."""
    before = Variable.get(book, None)
    Variable.set(book, get_current_context()["run_id"])
    return before


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def shared_variable():
    take_turn("last_run_of_shared_variable")


shared_variable()


@dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def shared_variable_in_groups():
    """The same inside task groups. Instances of a mapped task would overwrite each other's."""

    @task_group
    def shop():
        @task_group
        def counter():
            take_turn("last_run_of_shared_variable_in_groups")

        counter()

    shop()


shared_variable_in_groups()
