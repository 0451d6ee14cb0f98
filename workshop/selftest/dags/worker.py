"""DAGs that ask what a worker or a triggerer gives them, in test_worker.py."""

from __future__ import annotations

import os
import time
from datetime import datetime

try:
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
except ImportError:
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sensors.external_task import ExternalTaskSensor

from workshop.selftest.sdk import DAG, BaseOperator, task
from workshop.selftest.triggers import Asks, Cancelled, Ends, Raises, WithoutEvent

NEVER = datetime(2024, 1, 1)
TOLD: list[object] = []


class Waits(BaseOperator):
    """Defers to a trigger, and returns its event."""

    def __init__(self, trigger, **kwargs):
        super().__init__(**kwargs)
        self.trigger = trigger

    def execute(self, context):
        """Hand over to the triggerer."""
        self.defer(trigger=self.trigger, method_name="go_on")

    def go_on(self, context, event=None):
        """Come back."""
        return event


with DAG("at_once", start_date=NEVER, schedule=None):
    Waits(task_id="fires", trigger=Asks("nothing"))
    Waits(task_id="raises", trigger=Raises())
    Waits(task_id="says_nothing", trigger=WithoutEvent())

with DAG("ending", start_date=NEVER, schedule=None):
    for ends in "success", "failed", "skipped":
        Waits(task_id=ends, trigger=Ends(ends))

with DAG("cancelled", start_date=NEVER, schedule=None):
    Waits(task_id="waits", trigger=Cancelled())

with DAG("asking", start_date=NEVER, schedule=None):
    for how in "async", "thread", "sync", "database":
        Waits(task_id=how, trigger=Asks(how))

with DAG("database", start_date=NEVER, schedule=None):

    @task
    def asks():
        """Open a session, as only Airflow 2 lets a task."""
        from airflow.models import DagRun
        from airflow.utils.session import create_session

        time.sleep(60)  # what runs meanwhile has its database
        with create_session() as session:
            return session.query(DagRun).count()

    asks()

with DAG("told", start_date=NEVER, schedule=None):

    @task(on_failure_callback=lambda context: TOLD.append(context["exception"]))
    def fails():
        """Raise an error of its own."""
        raise KeyError("its own")

    fails()

with DAG("environment", start_date=NEVER, schedule=None):
    for name in "first", "second":

        @task(task_id=name)
        def looks():
            """Sleep while its sibling starts, then see whose context the environment tells, and what it has left."""
            found = os.environ.pop("LEFT_BY_A_TASK", "nothing")
            os.environ["LEFT_BY_A_TASK"] = "something"
            time.sleep(60)
            return f"{os.environ['AIRFLOW_CTX_TASK_ID']} finds {found}"

        looks()

with DAG("child", start_date=NEVER, schedule=None):

    @task
    def works():
        """Do nothing."""

    works()

with DAG("fires", start_date=NEVER, schedule=None):
    TriggerDagRunOperator(task_id="start_child", trigger_dag_id="child")

with DAG("fires_and_waits", start_date=NEVER, schedule=None):
    TriggerDagRunOperator(task_id="start_child", trigger_dag_id="child", wait_for_completion=True, poke_interval=30)

with DAG("misses", start_date=NEVER, schedule=None):
    TriggerDagRunOperator(task_id="start_other", trigger_dag_id="not_here")

with DAG("looks_across", start_date=NEVER, schedule=None):
    ExternalTaskSensor(task_id="wait", external_dag_id="child", timeout=60)

with DAG("leaves_runs", start_date=NEVER, schedule=None):

    @task
    def starts():
        """Start a run of another DAG without an operator."""
        from workshop.selftest.triggers import start

        start("child")

    starts()
