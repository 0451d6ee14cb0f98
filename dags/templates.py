"""
A note of the run that a task is in: its day, its data interval, its ids, and a param.

Use templates for what differs from run to run. A name that is not there fails the task; values are text, unless the DAG
says `render_template_as_native_obj` (see `templates_native`).
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, params={"rows": 7}, tags=["conformance"])
def templates():
    @task(retries=1)
    def show(*texts: str) -> str:
        return " ".join(texts)

    @task
    def ask_for_more(text: str) -> str:
        return text

    @task
    def ask_as_before(text: str) -> str:
        return text

    @task
    def ask_for_the_day_before(text: str) -> str:
        return text

    @task
    def ask_for_the_next(text: str) -> str:
        return text

    show(
        "{{ ds }}",
        "{{ ds_nodash }}",
        "{{ ts }}",
        "{{ ts_nodash }}",
        "{{ ts_nodash_with_tz }}",
        "{{ logical_date.isoformat() }}",
        "{{ data_interval_start.isoformat() }}",
        "{{ data_interval_end.isoformat() }}",
        "{{ dag.dag_id }} {{ task.task_id }}",
        "{{ run_id }}",
        "{{ task_instance_key_str }}",
        "{{ params.rows + 1 }}",
        "{{ macros.ds_add(ds, 5) }}",
        "{{ dag_run.conf }}",
    )
    ask_for_more("{{ no_such_name }}")
    ask_as_before("{{ execution_date }}")
    ask_for_the_day_before("{{ prev_ds }}")
    ask_for_the_next("{{ next_execution_date }}")


templates()
