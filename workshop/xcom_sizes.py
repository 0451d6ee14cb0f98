"""
XComs on a real metadata database: what sizes pass, asked of the installed Airflow on a database of the kit's own.

    python -m workshop.xcom_sizes postgresql+psycopg2://airflow:airflow@localhost:5432/

The server is a scratch one that somebody names. The database is created there, has to be new, and is dropped again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.errors import UserError
from conformance.paths import PACKAGE

NAME = "airflow_conformance_scratch"
"""The database that is created and dropped."""

SIZES = (48 * 1024, 49_344, 49_345, 65_535, 65_536, 1_000_000)
"""The sizes that are tried, in bytes of what Airflow hands to the database."""

SERVERS = {"PostgreSQL": "CONFORMANCE_TEST_POSTGRES_URL", "MySQL": "CONFORMANCE_TEST_MYSQL_URL"}
"""The environment variables that name a scratch server."""


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """The URL of a new database on the server of `url`, which is dropped in the end. Refuses one that exists."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url

    server = make_url(url)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    schemata = (
        "pg_database WHERE datname"
        if server.drivername.startswith("postgres")
        else ("information_schema.schemata WHERE schema_name")
    )
    with engine.connect() as connection:
        if connection.execute(text(f"SELECT 1 FROM {schemata} = '{NAME}'")).first():
            raise UserError(f"The server already has a database '{NAME}': drop it there, if nobody needs it.")
        connection.execute(text(f"CREATE DATABASE {NAME}"))
        try:
            yield server.set(database=NAME).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {NAME}"))
    engine.dispose()


def measure(url: str | None) -> dict[str, Any]:
    """
    What the installed Airflow does on the database of `url`, by default SQLite, in a process of its own.

    `column` is the type of the column of values as the database has it, `passes` says of each size whether a task that
    returns so much succeeds and the next one gets it, `errors` why not.
    """
    code = f"from workshop.xcom_sizes import _measure; _measure({url!r})"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"Airflow could not use the database: {done.stderr.strip()[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


DAG = """
from datetime import datetime
try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def large():
    @task
    def give(): ...

    @task
    def take(given): ...

    take(give())

large()
"""


def _measure(url: str | None) -> None:
    """Runs in a process of its own: print as JSON what `measure` returns."""
    from conformance.folder.parse import parse
    from conformance.sandbox import home
    from conformance.seam.before_simulation import column_type, create_tables
    from conformance.simulator import receive, simulate, succeed

    with tempfile.TemporaryDirectory() as folder:
        entered = home.enter(Path(folder))
        if url:
            os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = url
            create_tables()
        file = Path(folder) / "large.py"
        file.write_text(DAG)
        dag = parse(file)[0]["large"]
        passes, errors = {}, {}
        for size in SIZES:
            value = "x" * (size - 2)  # in quotes
            run = simulate(dag, succeed("give", value), receive("take"))
            passes[size] = run.state == "success" and run.arguments("take") == [value]
            errors[size] = run.error("give")[:200]
        print(json.dumps({"column": column_type("xcom", "value"), "passes": passes, "errors": errors}))
        entered.leave()


if __name__ == "__main__":
    try:
        with scratch_database(sys.argv[1]) as scratch:
            print(json.dumps(measure(scratch), indent=2))
    except UserError as error:
        sys.exit(f"airflow-conformance: {error}")
