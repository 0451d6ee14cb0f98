"""Imports and uses what most DAG files do; run before files are probed, so that no child has to import it again."""

from datetime import datetime

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.sdk import DAG, task
except ImportError:
    from airflow import DAG
    from airflow.decorators import task
    from airflow.operators.bash import BashOperator
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.python import PythonOperator
    from airflow.sensors.python import PythonSensor

with DAG("typical", start_date=datetime(2024, 1, 1), schedule=None):

    @task
    def decorated(value: int) -> int:
        """Use the decorator, which loads the providers' decorators."""
        return value

    EmptyOperator(task_id="empty") >> PythonSensor(task_id="sensor", python_callable=bool)
    BashOperator(task_id="bash", bash_command="true") >> PythonOperator(task_id="python", python_callable=bool)
    decorated.expand(value=[1])
