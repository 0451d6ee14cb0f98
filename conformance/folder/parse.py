"""Parse one DAG file in this process, as Airflow does, without leaving anything in the folder that it is in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from conformance.folder.import_roots import up_to_the_root
from conformance.stand_ins.standing_in import Level, StandIn, standing_in


class Parsed(NamedTuple):
    """
    The DAGs of a file by id, and why it could not be imported (Airflow's own traceback or message); what was missing,
    and is stood in for.
    """

    dags: dict[str, Any]
    error: str | None
    stand_ins: tuple[StandIn, ...] = ()


def parse_with_stand_ins(path: Path, folder: Path, level: Level) -> Parsed:
    """Parse a file below the DAGs `folder`, with stand-ins for so much of what is missing."""
    with standing_in(folder, up_to_the_root(folder)[-1], level) as heard:
        dags, error = parse(path)
    return Parsed(dags, error, tuple(heard.values()))


def parse(path: Path) -> tuple[dict[str, Any], str | None]:
    """The DAGs of a file by id, and why it could not be imported (Airflow's own traceback or message)."""
    from airflow.models import DagBag

    # Not with the file for a folder: from 3.0 that sets a handler of its own for SIGSEGV.
    bag = DagBag(dag_folder=os.devnull, collect_dags=False)
    with mock.patch.object(sys, "dont_write_bytecode", True):
        # Of an archive Airflow takes only the modules that mention a DAG.
        bag.process_file(str(path), only_if_updated=False, safe_mode=path.suffix == ".zip")
    return dict(bag.dags), next(iter(bag.import_errors.values()), None)


def forget(path: Path) -> None:
    """Remove the modules that Airflow made of a file, or found in an archive, from those that Python keeps."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if (name.startswith("unusual_prefix_") and file == str(path)) or Path(file).parent == path:
            del sys.modules[name]
