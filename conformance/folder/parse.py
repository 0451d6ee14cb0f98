"""Parse one DAG file in this process, as Airflow does, without leaving anything in the folder that it is in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from unittest import mock


def parse(path: Path) -> tuple[dict[str, Any], str | None]:
    """The DAGs of a file by id, and why it could not be imported (Airflow's own traceback or message)."""
    from airflow.models import DagBag

    # Not with the file for a folder: from 3.0 that sets a handler of its own for SIGSEGV.
    bag = DagBag(dag_folder=os.devnull, collect_dags=False)
    with mock.patch.object(sys, "dont_write_bytecode", True):
        bag.process_file(str(path), only_if_updated=False, safe_mode=False)
    return dict(bag.dags), next(iter(bag.import_errors.values()), None)


def forget(path: Path) -> None:
    """Remove the modules that Airflow made of a file, under names of its own, from those that Python keeps."""
    for name, module in list(sys.modules.items()):
        if name.startswith("unusual_prefix_") and getattr(module, "__file__", None) == str(path):
            del sys.modules[name]
