"""
Large results as plain return values: Airflow itself keeps them in object storage, and an XCom holds their address.

Use it if results are now and then too large for the metadata database, and tasks are not to care. No DAG switches it on
but the installation does, for all of them:

    AIRFLOW__CORE__XCOM_BACKEND=airflow.providers.common.io.xcom.backend.XComObjectStorageBackend
    AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH=s3://my_connection@my_bucket/xcom
    AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD=49344        # bytes of JSON; the default, -1, is never

Nothing removes the objects of a run that is deleted: let the storage itself remove what is old. For data that is not
JSON, or whose place others have to know, see `large_data`.
"""

from datetime import datetime, timedelta

try:
    from airflow.sdk import dag, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group


@task(retries=2, retry_delay=timedelta(minutes=1))
def fetch_orders(region: str) -> list[dict]:
    """In real life: from a database."""
    return [{"region": region, "order": number} for number in range(5000)]


@task
def check(orders: list[dict]) -> None:
    if not orders:
        raise ValueError("no orders")


@task
def check_all(regions: list[list[dict]]) -> None:
    if not all(regions):
        raise ValueError("no orders in a region")


@task
def add_up(orders: list[dict]) -> int:
    return len(orders)


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def xcom_object_storage():
    orders = fetch_orders("everywhere")
    check(orders) >> add_up(orders)


xcom_object_storage()


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def xcom_object_storage_in_groups():
    """The same inside task groups, and from each mapped task to the one of the same map index."""

    @task_group
    def shop():
        @task_group
        def regions():
            orders = fetch_orders.expand(region=["north", "south"])
            check_all(orders) >> add_up.expand(orders=orders)

        regions()

    @task_group
    def country(name: str):
        orders = fetch_orders(name)
        check(orders) >> add_up(orders)

    shop()
    country.expand(name=["france", "spain"])


xcom_object_storage_in_groups()
