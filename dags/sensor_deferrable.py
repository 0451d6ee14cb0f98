"""
A sensor that waits without a worker (`deferrable`).

Use it for long waits, and where many tasks wait: a triggerer looks for thousands of them. Always hand `timeout` on when
you defer: the sensor's own code decides how long it waits, and without it that is for ever. Airflow 2 tries
it again after that, Airflow 3 does not.
"""

from datetime import datetime, timedelta

try:
    from airflow.providers.standard.triggers.file import FileTrigger
    from airflow.sdk import BaseSensorOperator, dag, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.sensors.base import BaseSensorOperator
    from airflow.triggers.file import FileTrigger


class ReportSensor(BaseSensorOperator):
    """Waits for a file."""

    deferrable = True

    def __init__(self, *, path, **kwargs):
        super().__init__(**kwargs)
        self.path = path

    def execute(self, context):
        """Leave the waiting to the triggerer."""
        patience = timedelta(seconds=self.timeout)
        self.defer(trigger=FileTrigger(filepath=self.path), method_name="go_on", timeout=patience)

    def go_on(self, context, event=None):
        """Go on when the trigger has fired."""


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def sensor_deferrable():
    stock = ReportSensor(task_id="wait_for_stock", path="/reports/stock.csv", timeout=7200, retries=1)
    extra = ReportSensor(task_id="wait_for_extra", path="/reports/extra.csv", timeout=3600, soft_fail=True)

    @task
    def use(what: str) -> str:
        return what

    stock >> use.override(task_id="use_stock")("stock")
    extra >> use.override(task_id="use_extra")("extra")


sensor_deferrable()
