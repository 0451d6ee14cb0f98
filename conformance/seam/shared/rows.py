"""
Every Airflow: the rows that a run has in the metadata database, to keep them, put them back, and forget them.

Kept rows are what the database driver gives, and it gets them back as they were: nothing reads them in between.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from airflow.models.base import Base
from airflow.utils.session import create_session
from sqlalchemy import bindparam, column, exists, or_, select, table

from conformance.seam.api import Key, Stored

RUN_TABLES = (
    "hitl_detail",
    "deadline",
    "callback",
    "callback_request",
    "xcom",
    "task_reschedule",
    "rendered_task_instance_fields",
    "task_map",
    "task_fail",
    "task_instance_history",
    "log",
    "task_instance",
    "dag_run",
)
"""What runs leave behind, children first; from 3.0 reschedules and notes go with their task instances."""

EVENT_TABLES = ("dataset_dag_run_queue", "dataset_event", "asset_dag_run_queue", "asset_event")
"""What runs leave behind of the datasets or assets they update; what consumed it goes with it."""

KEPT = ("dag_run", "task_instance")
"""The tables whose rows are kept."""


def stored(dag_id: str, run_id: str) -> Stored | None:
    """The rows of a run; None if Airflow has written more of it than these."""
    with create_session() as session:
        of_run = {"dag": dag_id, "run": run_id}
        if session.execute(_anything_else(), of_run).scalar():
            return None
        runs, tis = (session.execute(_raw_rows(name), of_run).mappings().all() for name in KEPT)
        (run,) = map(dict, runs)
    del run["id"]  # another run may have it by now, and nothing refers to it
    return Stored(run, {Key(ti["task_id"], ti["map_index"]): dict(ti) for ti in tis})


def put_back(rows: Stored) -> None:
    """Create a run with the rows that an earlier one had."""
    with create_session() as session:
        for name, of_table in zip(KEPT, ([rows.run], [*rows.tis.values()]), strict=True):
            if of_table:
                session.execute(_raw(name).insert(), of_table)


def forget() -> None:
    """Remove everything that runs of any DAG left in the database, so that the next one meets none of it."""
    with create_session() as session:
        for statement in _forgetting():
            session.connection().execute(statement)


@lru_cache
def _forgetting() -> list[Any]:
    """Made once: to make these statements takes longer than to execute them."""
    known = Base.metadata.tables
    return [known[name].delete() for name in (*RUN_TABLES, *EVENT_TABLES, "trigger", "variable") if name in known]


@lru_cache
def _raw(name: str) -> Any:
    """A table whose columns have no types, so that SQLAlchemy passes values on as they are."""
    return table(name, *(column(known.name) for known in Base.metadata.tables[name].c))


@lru_cache
def _raw_rows(name: str) -> Any:
    raw = _raw(name)
    return select(raw).where(raw.c.dag_id == bindparam("dag"), raw.c.run_id == bindparam("run"))


@lru_cache
def _anything_else() -> Any:
    """Whether there is anything that a run may have written, in other tables than the two that are kept."""
    written = [found for found in Base.metadata.tables.values() if found.name not in KEPT and _is_of_runs(found)]
    return select(or_(*(exists().select_from(of).where(_of_dag(of)) for of in written)))


def _is_of_runs(of: Any) -> bool:
    named = of.name in (*RUN_TABLES, *EVENT_TABLES, "trigger")
    return named or any(key.target_fullname.split(".")[0] in KEPT for key in of.foreign_keys)


def _of_dag(of: Any) -> Any:
    return of.c.dag_id == bindparam("dag") if "dag_id" in of.c else True
