"""A throwaway AIRFLOW_HOME for this process: Airflow, imported after `enter`, cannot find the user's."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from conformance.errors import UserError
from conformance.sandbox import env
from conformance.sandbox.template import template_db


@dataclass(frozen=True)
class Home:
    """An AIRFLOW_HOME that exists until `leave`; `db` is its SQLite metadata database."""

    path: Path
    db: Path
    _before: dict[str, str | None] = field(repr=False)

    def leave(self) -> None:
        """Give the caller's environment variables back and remove the folder. Airflow must not be used afterwards."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(self.path, ignore_errors=True)

    def keep_a_copy(self) -> None:
        """Keep the database as it is now, for forks of this process."""
        from conformance.sandbox import sqlite

        sqlite.keep(self.db, self._copy)

    def go_on_with_copy(self) -> None:
        """Let this process, a fork, go on with a database of its own, which is as that was which was kept."""
        from conformance.sandbox import sqlite

        sqlite.go_on_with(self._copy, self.db)

    def remove_copy_of(self, pid: int) -> None:
        """Remove the database of a fork that has ended."""
        from conformance.sandbox import sqlite

        sqlite.remove_of(pid, self.db)

    @property
    def _copy(self) -> Path:
        return self.path / "copy.db"


def enter(root: Path, log_level: str = "CRITICAL", given: Mapping[str, str] = MappingProxyType({})) -> Home:
    """
    Create a home below `root` with a copy of the template database, and point this process at it.

    `log_level` is Airflow's own; the default keeps task logs off the terminal. `given` are variables of the environment
    besides ours. Raises UserError when Airflow has been imported already, for it reads its settings only once.
    """
    if "airflow" in sys.modules:
        raise UserError(
            "Airflow was imported too early, and already uses your own AIRFLOW_HOME: run these tests in a pytest "
            "process of their own, without conftest.py files or plugins that import airflow."
        )
    template = template_db()
    root.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix="airflow-home-", dir=root)).resolve()
    try:
        env.make_home(path)
        db = path / "airflow.db"
        shutil.copyfile(template, db)
        _pool_connections(db)
    except BaseException:  # Ctrl-C, too, leaves no half-made home
        shutil.rmtree(path, ignore_errors=True)
        raise
    return Home(path, db, _change_environment({**env.ours(path, db, log_level), **given}))


def _pool_connections(db: Path) -> None:
    # Not at the top: SQLAlchemy takes a quarter of a second, and whoever only looks at this module should not wait.
    from conformance.sandbox import sqlite

    sqlite.pool(db)


def _change_environment(new: dict[str, str]) -> dict[str, str | None]:
    """Remove the caller's variables, set ours, and return what each of them was before."""
    before = {name: os.environ.get(name) for name in {*env.foreign(os.environ), *new}}
    for name in before:
        os.environ.pop(name, None)
    os.environ.update(new)
    return before
