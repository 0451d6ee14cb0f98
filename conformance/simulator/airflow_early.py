"""
Every Airflow: what is asked of it before anything is simulated. Importing this module does not import Airflow, and its
functions import no more of it than they need: whoever only looks at a folder of DAGs does not wait for the simulator.
"""

from __future__ import annotations

from pathlib import Path


def dag_files(folder: Path) -> list[Path]:
    """The Python files that Airflow itself would parse: it knows `.airflowignore`, and skips what mentions no DAG."""
    from airflow.utils.file import list_py_file_paths

    files = (Path(path) for path in list_py_file_paths(str(folder)))
    return sorted(path for path in files if path.suffix == ".py")


def create_tables() -> None:
    """Make Airflow's tables in the metadata database that it is configured for."""
    from airflow.utils.db import initdb

    initdb()


def column_type(table: str, column: str) -> str:
    """The type of a column, as the metadata database has it."""
    from airflow import settings
    from sqlalchemy import inspect

    (found,) = [known for known in inspect(settings.engine).get_columns(table) if known["name"] == column]
    return str(found["type"])
