"""
Writes a starter `claims.toml`, in a process that has Airflow: `python -m conformance.discovery FOLDER`.

`airflow-conformance discover` starts it, in an environment of the Airflow that is asked for.
"""

from __future__ import annotations

import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from rich.console import Console

from conformance.discovery.writer import starter
from conformance.errors import UserError
from conformance.files import folders_to_import_from
from conformance.folder import plugins
from conformance.folder.import_roots import look_there, told
from conformance.folder.survey import Folder
from conformance.report.progress import reading
from conformance.sandbox import given_values, home, network


def main() -> int:
    """Survey the folder and write what was found; the exit code."""
    parser = ArgumentParser(prog="python -m conformance.discovery", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--import-timeout", type=float, default=30.0)
    parser.add_argument("--pythonpath", type=Path, action="append", default=[])
    parser.add_argument("--plugins-folder", type=Path)
    for option in given_values.OPTIONS:
        parser.add_argument(option, type=Path)
    parser.add_argument("--no-stand-ins", action="store_true")
    options = parser.parse_args()
    try:
        folder = _surveyed(options.folder.resolve(), options)
        _write(starter(folder), options.output)
    except UserError as error:
        print(f"airflow-conformance: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    for line in told(folder.imports):
        print(line, file=sys.stderr)
    for file in folder.files:
        if file.error:
            print(f"left out {file.path}: {file.error.message}", file=sys.stderr)
    return 0


def _surveyed(folder: Path, options: Namespace) -> Folder:
    given = given_values.read(options.variables, options.connections, options.env_file)
    with tempfile.TemporaryDirectory(prefix="airflow-conformance-") as room:
        environment = {**given.environment, **plugins.settings(folder, options.plugins_folder)}
        ours = home.enter(Path(room), given=environment)
        try:
            network.watch(folder)
            network.refuse_network()
            look_there(folder, folders_to_import_from(options.pythonpath))
            with reading(Console()) as tell:
                return plugins.survey_with_plugins(folder, None, options.import_timeout, tell, not options.no_stand_ins)
        finally:
            ours.leave()


def _write(text: str, output: Path) -> None:
    """Write a file that does not exist; `-` is the standard output."""
    if str(output) == "-":
        sys.stdout.buffer.write(text.encode())
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UserError(f"{output} already exists and is not overwritten: name another file with --output.") from None
    except OSError as error:
        raise UserError(f"{output} cannot be written ({error.strerror}): name another file with --output.") from None
    lines = text.splitlines()
    claims, held_back = lines.count("[[claim]]"), lines.count("#[[claim]]")
    print(f"wrote {output}: {claims} claims, and {held_back} that are commented out", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
