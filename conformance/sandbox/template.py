"""The migrated SQLite database of the installed Airflow, made once per machine and copied for every run."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from conformance.errors import UserError
from conformance.sandbox import env

# What `airflow db migrate` does to an empty database, without the command line in front of it: half the time.
# Not taken from `airflow_early`: in the clean process that runs it there is Airflow, but maybe not the kit.
_BUILD = "from airflow.utils.db import initdb; initdb()"

# The distributions that can put a table into the database or change how it is made.
_MATTER = ("apache_airflow", "sqlalchemy", "alembic", "flask")


def template_db(build: Callable[[Path], None] | None = None) -> Path:
    """
    The template database of the installed Airflow; never write to it.

    `build` fills a new file and stands in for Airflow in tests. Raises UserError when Airflow is not installed or
    cannot make its database.
    """
    template = user_cache_path("airflow-conformance") / "templates" / f"{_fingerprint()}.sqlite"
    if template.exists():
        return template
    template.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(template.with_suffix(".lock")):
        if not template.exists():
            _make(template, build or _migrate)
    return template


def airflow_distribution() -> Distribution:
    """The installed Airflow, found without importing it. Raises UserError when there is none."""
    for name in ("apache-airflow-core", "apache-airflow"):
        try:
            return distribution(name)
        except PackageNotFoundError:
            continue
    raise UserError(
        f"{sys.executable} has no Airflow: install apache-airflow there, or run the command with the Python of "
        "an environment that has it."
    )


def _fingerprint() -> str:
    """Airflow's version and a hash of the distributions installed beside it that matter for the database."""
    airflow = airflow_distribution()
    beside = Path(str(airflow.locate_file("")))
    names = sorted(path.name.lower() for path in beside.glob("*.dist-info"))
    relevant = "\n".join(name for name in names if name.startswith(_MATTER))
    return f"{airflow.version}-{hashlib.sha256(relevant.encode()).hexdigest()[:12]}"


def _make(template: Path, build: Callable[[Path], None]) -> None:
    """Build beside `template` and move it there in one step, so that nobody ever sees half a database."""
    with tempfile.TemporaryDirectory(prefix="making-", dir=template.parent) as folder:
        db = Path(folder) / "airflow.db"
        build(db)
        os.replace(db, template)


def _migrate(db: Path) -> None:
    """Let a child process of Airflow's own create the tables of `db`, in a clean environment."""
    home = db.parent / "home"
    env.make_home(home)
    environment = {name: os.environ[name] for name in os.environ.keys() - set(env.foreign(os.environ))}
    done = subprocess.run(
        [sys.executable, "-c", _BUILD],
        env=environment | env.ours(home, db, "ERROR"),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines() or [f"exit code {done.returncode}"]
        raise UserError(
            f"Airflow {airflow_distribution().version} could not create its metadata database ({lines[-1]}); "
            f"check that `{sys.executable} -c 'import airflow'` works."
        )
    connection = sqlite3.connect(db)
    connection.execute("VACUUM")
    connection.close()
