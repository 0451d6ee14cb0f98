"""A connection pool for the sandbox's SQLite file that makes a session cost 0.05 ms instead of 0.5 to 1 ms."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

# Nobody needs this database after a crash, so nothing is forced to disk. In WAL mode an open reader
# does not block a writer: several simulated tasks hold sessions at once in one thread, and could not wait.
_PRAGMAS = ("synchronous=OFF", "journal_mode=WAL", "temp_store=MEMORY", "cache_size=-16000")

_sqlalchemys_choice = SQLiteDialect_pysqlite.get_pool_class
_pooled: set[str] = set()
_instead: dict[str, str] = {}


class SandboxPool(QueuePool):
    """
    A pool without a limit, whatever Airflow's settings say.

    SQLAlchemy 1.4 (Airflow 2.x and 3.0) pools no SQLite file and so reads the whole schema again for every session.
    SQLAlchemy 2 has a limit of 15 connections, and simulated tasks that overlap in one thread must not wait for one.
    """

    def __init__(self, creator: Any, **options: Any) -> None:
        unlimited = {"pool_size": 32, "max_overflow": -1, "use_lifo": True, "pre_ping": False, "recycle": -1}
        super().__init__(creator, **(options | unlimited))


def pool(db: Path) -> None:
    """Make every engine on the SQLite file `db` use a SandboxPool; call it before Airflow builds its engine."""
    _pooled.add(str(db))
    SQLiteDialect_pysqlite.get_pool_class = classmethod(_pool_class)


def keep(db: Path, copy: Path) -> None:
    """Write a copy of a database that is in use."""
    with closing(sqlite3.connect(db)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def go_on_with(copy: Path, db: Path) -> None:
    """Let this process, a fork of one that uses `db`, go on with a new copy of `copy` instead."""
    own = f"{db}-{os.getpid()}"
    shutil.copyfile(copy, own)
    _instead[str(db)] = own


def remove_of(pid: int, db: Path) -> None:
    """Remove the copy of a process that has ended."""
    for part in "", "-wal", "-shm":
        Path(f"{db}-{pid}{part}").unlink(missing_ok=True)


@event.listens_for(Engine, "do_connect")
def _to_its_own(dialect: Any, record: Any, arguments: list[Any], options: Any) -> None:
    if arguments and arguments[0] in _instead:
        arguments[0] = _instead[arguments[0]]


def _pool_class(cls: type[SQLiteDialect_pysqlite], url: Any) -> type[Any]:
    """A SandboxPool for our own files; for any other, what SQLAlchemy would have chosen."""
    return SandboxPool if url.database in _pooled else _sqlalchemys_choice(url)


@event.listens_for(SandboxPool, "connect")
def _tune(connection: Any, record: Any) -> None:
    record.info["pid"] = os.getpid()
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(SandboxPool, "checkout")
def _leave_the_parents_connections_alone(connection: Any, record: Any, proxy: Any) -> None:
    """SQLite forbids the use of a connection across a fork, and a probe is a fork: connect anew in the child."""
    if record.info["pid"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise DisconnectionError("this connection belongs to the parent process")
