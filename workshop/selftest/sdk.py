"""The public names of Airflow that the DAGs of the self-tests use, from where the installed version keeps them."""

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.python import (
        BranchPythonOperator,
        PythonOperator,
        ShortCircuitOperator,
    )
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
    from airflow.sdk import (
        DAG,
        BaseOperator,
        BaseSensorOperator,
        get_current_context,
        setup,
        task,
        task_group,
        teardown,
    )
except ImportError:
    from airflow import DAG
    from airflow.decorators import setup, task, task_group, teardown
    from airflow.models.baseoperator import BaseOperator
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.python import (
        BranchPythonOperator,
        PythonOperator,
        ShortCircuitOperator,
        get_current_context,
    )
    from airflow.sensors.base import BaseSensorOperator
    from airflow.triggers.temporal import TimeDeltaTrigger

__all__ = [
    "DAG",
    "BaseOperator",
    "BaseSensorOperator",
    "BranchPythonOperator",
    "EmptyOperator",
    "PythonOperator",
    "ShortCircuitOperator",
    "TimeDeltaTrigger",
    "get_current_context",
    "setup",
    "task",
    "task_group",
    "teardown",
]
