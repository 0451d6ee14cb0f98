"""Sensors that defer by code of their own, and tasks that words of a scenario can be about."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.sql.operators.sql import BranchSQLOperator
from airflow.triggers.base import BaseTrigger

from workshop.selftest.sdk import DAG, EmptyOperator, task

try:
    from airflow.sdk import BaseSensorOperator
except ImportError:
    from airflow.sensors.base import BaseSensorOperator

NEVER = datetime(2024, 1, 1)


class Late(BaseTrigger):
    """Would wait for a report; the simulator plays it."""

    def serialize(self):
        """Class path and arguments."""
        return "workshop.selftest.dags.deferring.Late", {}

    async def run(self):
        """Never called."""
        raise AssertionError("a played trigger ran")
        yield


class Waits(BaseSensorOperator):
    """Pokes once, then defers for `patience` at most; its template must be rendered by then."""

    template_fields = ("path",)

    def __init__(self, *, patience=None, path="{{ ds }}", broken=False, **kwargs):
        super().__init__(**kwargs)
        self.patience, self.path, self.broken = patience, path, broken

    def poke(self, context):
        """Never called."""
        raise AssertionError("the own poke of a played sensor was called")

    def execute(self, context):
        """Defer, unless the first poke finds it."""
        if self.broken:
            raise LookupError("no connection 'reports'")
        if not self.poke(context):
            assert "{" not in self.path
            self.defer(trigger=Late(), method_name="go_on", timeout=self.patience)

    def go_on(self, context, event=None):
        """Never called: only the real trigger knows what its event looks like."""
        raise AssertionError("a played sensor went on by its own code")


TEN_MINUTES = {"timeout": 600, "retries": 1, "retry_delay": timedelta(minutes=5)}

with DAG("deferring", start_date=NEVER, schedule=None):
    Waits(task_id="hands_on", patience=timedelta(minutes=10), **TEN_MINUTES)
    Waits(task_id="forgets", **TEN_MINUTES)
    Waits(task_id="broken", broken=True, **TEN_MINUTES)


with DAG("speaking", start_date=NEVER, schedule=None):

    @task.branch
    def pick():
        return "left"

    @task.short_circuit
    def is_news():
        return True

    @task
    def left(): ...

    @task
    def right(): ...

    @task
    def news(): ...

    @task.sensor(poke_interval=60, timeout=600)
    def there():
        return True

    @task
    def items():
        return [1, 2]

    @task
    def each(item): ...

    pick() >> [left(), right()]
    is_news() >> news()
    there()
    each.expand(item=items())


with DAG("asking_sql", start_date=NEVER, schedule=None):
    # No base of it is a branch: it skips by itself.
    BranchSQLOperator(
        task_id="ask",
        conn_id="nowhere",
        sql="SELECT 1",
        follow_task_ids_if_true=["yes"],
        follow_task_ids_if_false=["no"],
    ) >> [EmptyOperator(task_id="yes"), EmptyOperator(task_id="no")]
