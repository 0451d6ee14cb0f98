"""
Rows that are counted, by a param that stays a number.

Use `render_template_as_native_obj` where a task needs numbers, lists or dates from its templates.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    params={"rows": 7},
    render_template_as_native_obj=True,
    tags=["conformance"],
)
def templates_native():
    @task
    def count(rows: int, days: list[str]) -> int:
        return rows * len(days)

    count("{{ params.rows }}", "{{ [ds] }}")


templates_native()
