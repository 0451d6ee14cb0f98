"""
Every Airflow: what is asked of it before anything is simulated. Importing this module does not import Airflow, and its
functions import no more of it than they need: whoever only looks at a folder of DAGs does not wait for the simulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.seam.api import Dag


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


def timetable(dag: Dag) -> Any:
    """The timetable that the scheduler asks. From 3.2 on, that of a parsed DAG only describes it."""
    try:
        from airflow.serialization.encoders import coerce_to_core_timetable
    except ImportError:
        return dag.timetable
    return coerce_to_core_timetable(dag.timetable)


def first_runs(dag: Dag, timetable: Any, count: int) -> Iterator[tuple[str, str, str]]:
    """When the first runs from the start date on are due, and start and end of their data intervals."""
    from airflow.timetables.base import TimeRestriction

    last = None
    for _ in range(count):
        due = timetable.next_dagrun_info(
            last_automated_data_interval=last, restriction=TimeRestriction(dag.start_date, dag.end_date, catchup=True)
        )
        if due is None or due.data_interval is None:
            return
        last = due.data_interval
        yield due.run_after.isoformat(), last.start.isoformat(), last.end.isoformat()


def expansion(group: Any) -> Any:
    """What a mapped task group is mapped over."""
    return group._expand_input
