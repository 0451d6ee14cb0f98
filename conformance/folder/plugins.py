"""The plugins of a folder of DAGs: where they are, and which of them cannot be loaded."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from conformance.errors import UserError
from conformance.folder.import_roots import up_to_the_root
from conformance.folder.probe import warm_up
from conformance.folder.summary import Problem
from conformance.folder.survey import DagFile, Folder, Tell, survey
from conformance.sandbox.time_limit import OutOfTime, at_most
from conformance.seam import plugins
from conformance.stand_ins.standing_in import Level, standing_in

_FOLDER = "AIRFLOW__CORE__PLUGINS_FOLDER"


def settings(folder: Path | None, named: Path | None) -> Mapping[str, str]:
    """
    The variables of the environment by which Airflow finds the plugins: in the folder `named`, else in `plugins`, in or
    beside the DAGs folder. Raises UserError for a folder that is not there.
    """
    if named and not named.is_dir():
        raise UserError(f"There is no folder {named}: name one that holds plugins with --plugins.")
    beside = [folder / "plugins", folder.resolve().parent / "plugins"] if folder else []
    found = named or next((place for place in beside if place.is_dir()), None)
    return {_FOLDER: str(found.resolve())} if found else {}


def load(folder: Path, stand_ins: bool, timeout: float) -> tuple[DagFile, ...]:
    """Load those of a folder, if there is one, within `timeout` seconds; returns a file for each that fails."""
    if _FOLDER not in os.environ:
        return ()
    warm_up()
    level = Level.needed if stand_ins else Level.nothing
    try:
        with (
            at_most(timeout, f"the plugins could not be loaded within {timeout:g} s"),
            standing_in(folder, up_to_the_root(folder)[-1], level),
            mock.patch.object(sys, "dont_write_bytecode", True),
        ):
            errors = plugins.load()
    except (OutOfTime, SystemExit) as error:
        errors = {os.environ[_FOLDER]: str(error) or repr(error)}
    except Exception:  # what Airflow does not turn into a message of its own
        errors = {os.environ[_FOLDER]: traceback.format_exc(limit=-1).strip()}
    return tuple(_broken(file, message, folder) for file, message in sorted(errors.items()))


def survey_with_plugins(folder: Path, shared: Path | None, timeout: float, tell: Tell, stand_ins: bool) -> Folder:
    """As `survey`, with the plugins loaded; those that fail are among the files."""
    broken = load(folder, stand_ins, timeout)
    found = survey(folder, shared, timeout, tell, stand_ins)
    return Folder(found.path, (*found.files, *broken))


def _broken(file: str, message: str, folder: Path) -> DagFile:
    path = Path(os.path.relpath(file, folder)).as_posix() if os.path.isabs(file) else file
    line = " ".join(message.splitlines()[-1:])
    return DagFile(path, (), Problem("import-error", f"this plugin cannot be loaded: {line}"))
