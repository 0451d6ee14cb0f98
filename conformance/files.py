"""The files that people name: read, checked and written in one way, with one sentence for what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.errors import UserError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def toml(text: str) -> dict[str, Any]:
    """What a text in TOML says. Raises ValueError if it is not TOML."""
    return tomllib.loads(text)


def read_toml(file: Path) -> dict[str, Any]:
    """What a file of the kit's own says."""
    return toml(file.read_text(encoding="utf-8"))


def folder_of_dags(folder: Path) -> Path:
    """The folder, if it may hold DAG files. Raises UserError, which says what is wrong with it. Needs no Airflow."""
    if not folder.exists():
        raise UserError(f"There is no folder {folder}: name the folder that holds your DAG files.")
    if not folder.is_dir():
        raise UserError(f"{folder} is a file: name the folder that holds it.")
    if not any(folder.iterdir()):
        raise UserError(f"{folder} is empty: name the folder that holds your DAG files.")
    if not any(path.suffix in (".py", ".zip") for path in folder.rglob("*")):
        raise UserError(f"{folder} holds no .py file, at any depth: name the folder that holds your DAG files.")
    return folder


def folders_to_import_from(folders: Collection[Path]) -> list[Path]:
    """The folders, absolute. Raises UserError for one that is not there."""
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder}: name one that holds packages with --pythonpath.")
    return [folder.resolve() for folder in folders]


def refuse_unless_writable(file: Path, what: str = "") -> None:
    """Raise UserError at once, not after a run, when `file`, which is `what`, could not be written."""
    if file.is_dir() or not os.access(file.resolve().parent, os.W_OK):
        raise UserError(_cannot_write(what, file, ""))


def write(file: Path, text: str | bytes, what: str = "") -> None:
    """
    Write `file`, which is `what`, in one step: whoever reads it meanwhile finds the old text, or the new one.

    What is no file, such as /dev/stdout, is written as it is. Raises UserError if it cannot be written.
    """
    data = text.encode() if isinstance(text, str) else text
    target = file.resolve()  # a link stays one
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        if file.exists() and not file.is_file():
            file.write_bytes(data)
            return
        part.write_bytes(data)
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    except OSError as error:
        raise UserError(_cannot_write(what, file, f" ({error.strerror})")) from error
    finally:
        part.unlink(missing_ok=True)


def add(file: Path, text: str) -> None:
    """Write at the end of `file`, to which others may add, too. Raises UserError if it cannot be written."""
    try:
        with file.open("a", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise UserError(_cannot_write("", file, f" ({error.strerror})")) from error


def _cannot_write(what: str, file: Path, why: str) -> str:
    named = " ".join(filter(None, (what, str(file))))
    return f"Cannot write {named}{why}: name a file in a folder that exists and is writable."


def toml_value(value: object) -> str:
    """A value as TOML writes it: as JSON does, if that leaves letters as they are, but an instant has no quotes."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)
