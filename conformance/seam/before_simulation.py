"""
Every Airflow: what is asked of it before anything is simulated. Importing this module does not import Airflow, and its
functions import no more of it than they need: whoever only looks at a folder of DAGs does not wait for the simulator.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, cast
from unittest import mock

from conformance.seam.api import Dag


def dag_files(folder: Path) -> list[Path]:
    """
    The Python files and archives of them that Airflow itself would parse: it knows `.airflowignore`, and skips what
    mentions no DAG. Where a link leads back to a folder that it is in, it reads nothing; this goes past such a link.
    """
    from airflow.utils.file import list_py_file_paths

    with _past_loops():
        files = map(Path, list_py_file_paths(str(folder)))
        return sorted(path for path in files if path.suffix in (".py", ".zip"))


def left_out(folder: Path) -> Iterator[tuple[Path, str]]:
    """What Airflow cannot read although its name says that it should, and why."""
    with _past_loops() as loops:
        entries = sorted(map(Path, _entries(folder)))
    for link in sorted(loops):
        yield link, "leads back to a folder that it is in, so that Airflow reads no file of the whole folder: remove it"
    for path in entries:
        if path.suffix == ".py" and not path.is_file():
            yield path, "is no file that can be read (a link that leads nowhere, or a pipe): remove it"
        elif path.suffix == ".py" and not os.access(path, os.R_OK):
            yield path, "may not be read by who runs this: change its permissions"
        elif path.suffix == ".zip" and not zipfile.is_zipfile(path):
            yield path, "is no zip archive, although it is called so: remove it, or make it anew"


def _entries(folder: Path) -> Iterator[str]:
    """Every file that `.airflowignore` does not exclude."""
    try:
        from airflow.utils.file import find_path_from_directory
    except ImportError:
        from airflow._shared.module_loading.file_discovery import find_path_from_directory
        from airflow.configuration import conf

        syntax = conf.get_mandatory_value("core", "DAG_IGNORE_FILE_SYNTAX", fallback="glob")
        return cast("Iterator[str]", find_path_from_directory(str(folder), ".airflowignore", syntax))
    return cast("Iterator[str]", find_path_from_directory(str(folder), ".airflowignore"))


@contextmanager
def _past_loops() -> Iterator[set[Path]]:
    """While inside, a walk through folders passes by links that lead back to where they are; yields those it met."""
    met: set[Path] = set()
    walk = os.walk

    @wraps(walk)
    def walked(top: Any, *args: Any, **options: Any) -> Any:
        for root, folders, files in walk(top, *args, **options):
            links = (name for name in folders if Path(root, name).is_symlink())
            back = {name for name in links if Path(root).resolve().is_relative_to(Path(root, name).resolve())}
            met.update(Path(root, name) for name in back)
            folders[:] = [name for name in folders if name not in back]
            yield root, folders, files

    with mock.patch.object(os, "walk", walked):
        yield met


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


def is_converted(mapped: Any) -> bool:
    """Whether a task, or task group, that is mapped gets its items from the functions of a `.map`."""
    return type(_over(mapped).value).__name__ == "MapXComArg"


def keys_of_items(mapped: Any) -> list[str] | None:
    """
    The keys that a mapped task, or task group, needs in each item that it is mapped over, by `expand_kwargs`; None if
    an item is the value of an argument.
    """
    from inspect import Parameter, signature

    if type(_over(mapped)).__name__ != "ListOfDictsExpandInput":
        return None
    if not hasattr(mapped, "partial_kwargs"):
        return sorted({key for task in mapped.iter_tasks() for key in _keys_of_arguments(task)})
    code = getattr(mapped, "python_callable", None) or mapped.operator_class
    given = {*mapped.partial_kwargs, *mapped.partial_kwargs.get("op_kwargs", ())}
    kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    needed = [one for one in signature(code).parameters.values() if one.default is one.empty and one.kind in kinds]
    return [one.name for one in needed if one.name not in given]


def _over(mapped: Any) -> Any:
    return getattr(mapped, "op_kwargs_expand_input", None) or getattr(mapped, "expand_input", None) or expansion(mapped)


def _keys_of_arguments(task: Any) -> Iterator[str]:
    """What of each item of a mapped group reaches a task in it."""
    for value in (getattr(task, name, None) for name in task.template_fields):
        parts: Any = (value,)
        if isinstance(value, (dict, list, tuple)):
            parts = value.values() if isinstance(value, dict) else value
        yield from (one._key for one in parts if type(one).__name__ == "MappedArgument")


def as_stored(dag: Dag) -> dict[str, Any]:
    """What Airflow stores of a DAG. Raises what Airflow, or the code of the user's classes, raises about it."""
    try:
        from airflow.serialization.serialized_objects import DagSerialization as Serialization
    except ImportError:
        from airflow.serialization.serialized_objects import SerializedDAG as Serialization
    return cast("dict[str, Any]", Serialization.to_dict(dag))
