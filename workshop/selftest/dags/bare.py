"""A DAG whose tasks do nothing and say nothing of themselves, of every kind that can play a role."""

from __future__ import annotations

from datetime import datetime

from workshop.selftest.sdk import (
    DAG,
    BaseSensorOperator,
    BranchPythonOperator,
    EmptyOperator,
    ShortCircuitOperator,
    setup,
    task,
    teardown,
)


class Sensor(BaseSensorOperator):
    """Waits for nothing."""

    def poke(self, context):
        """Look at nothing."""
        return True


with DAG("bare", start_date=datetime(2024, 1, 1), schedule=None):

    @task
    def first():
        """Return nothing."""

    @task
    def second(found):
        """Return nothing."""

    @task
    def each(item):
        """Return nothing."""

    @task
    def none(item):
        """Run never."""

    @setup
    def make():
        """Make nothing."""

    @teardown
    def remove():
        """Remove nothing."""

    one = first()
    two = second(one)
    many = each.expand(item=[1, 2])
    nobody = none.expand(item=[])
    left, right, join, work, last = (EmptyOperator(task_id=name) for name in ("left", "right", "join", "work", "last"))
    branch = BranchPythonOperator(task_id="branch", python_callable=lambda: "left")
    gate = ShortCircuitOperator(task_id="gate", python_callable=lambda: True)
    sensor = Sensor(task_id="sensor")
    made, removed = make(), remove()
    two >> branch >> [left, right] >> join >> sensor >> gate >> many >> nobody >> last
    made >> work >> removed
    made >> removed
