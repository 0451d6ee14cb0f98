"""
A task that calls a service and waits for its answer without a worker.

Use it for waits of minutes and more, if there is a trigger for what you wait for: while the task is deferred, a
triggerer watches out for thousands like it. Many operators and sensors of the providers do so with `deferrable=True`.
Always give the deferral a timeout. To wait for seconds, wait in the task.
"""

from datetime import datetime, timedelta

try:
    from airflow.providers.standard.triggers.file import FileTrigger
    from airflow.sdk import BaseOperator, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.models.baseoperator import BaseOperator
    from airflow.triggers.file import FileTrigger


class OrderReport(BaseOperator):
    """Orders a report and waits until its file is there."""

    def __init__(self, *, path, patience=None, **kwargs):
        super().__init__(**kwargs)
        self.path = path
        self.patience = patience

    def execute(self, context):
        """Call the service, and leave the waiting to the triggerer."""
        self.defer(trigger=FileTrigger(filepath=self.path), method_name="go_on", timeout=self.patience)

    def go_on(self, context, event=None):
        """Go on when the trigger has fired."""
        return event


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def async_wait():
    # The whole try may take that long, whether on a worker or deferred.
    OrderReport(task_id="stock", path="/reports/stock.csv", execution_timeout=timedelta(hours=6))

    sales = OrderReport(task_id="sales", path="/reports/sales.csv", patience=timedelta(hours=2), retries=1)

    @task
    def publish() -> None: ...

    sales >> publish()


async_wait()
