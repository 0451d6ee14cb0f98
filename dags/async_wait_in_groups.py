"""
Tasks that wait without a worker inside task groups: a mapped one in a nested group, and one in a mapped group.

Each instance has a trigger, an event and a timeout of its own. This is the way to wait for many things at once: a
hundred instances that are deferred need no worker at all.
"""

from datetime import datetime, timedelta

try:
    from airflow.providers.standard.triggers.file import FileTrigger
    from airflow.sdk import BaseOperator, dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
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
def async_wait_in_groups():
    @task_group
    def shop():
        @task_group
        def reports():
            order = OrderReport.partial(task_id="order", patience=timedelta(hours=2), retries=1)

            @task
            def publish() -> None: ...

            order.expand(path=["/reports/sales.csv", "/reports/stock.csv"]) >> publish()

        reports()

    @task_group
    def each_region(region: str):
        @task
        def publish() -> None: ...

        OrderReport(task_id="order", path=region, execution_timeout=timedelta(hours=6)) >> publish()

    shop()
    each_region.expand(region=["north", "south"])


async_wait_in_groups()
