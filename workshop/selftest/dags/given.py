"""Asks for a Variable and a Connection, while it is imported and while its task runs."""

from datetime import datetime

from airflow import DAG
from airflow.models import Variable

try:
    from airflow.sdk import Connection, task
    from airflow.sdk import Variable as TaskVariable
except ImportError:
    from airflow.decorators import task
    from airflow.models import Connection
    from airflow.models import Variable as TaskVariable

get_connection = getattr(Connection, "get", None) or Connection.get_connection_from_secrets

with DAG(Variable.get("given_id"), start_date=datetime(2024, 1, 1), schedule=None) as dag:

    @task
    def ask():
        warehouse, lake = get_connection("warehouse"), get_connection("lake")
        sizes = TaskVariable.get("sizes", deserialize_json=True)
        return [warehouse.password, warehouse.port, lake.login, lake.extra_dejson["role"], sizes["large"]]

    ask()
