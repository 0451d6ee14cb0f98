"""Of what a DAG file is made: the content of all that is read while it is imported, and what Airflow stores of it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.paths import PACKAGE
from conformance.seam.before_simulation import as_stored

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_NOT_THE_USERS = tuple(
    {sys.prefix, sys.base_prefix, str(PACKAGE), *map(sysconfig.get_path, ("stdlib", "purelib", "platlib"))}
)
_NO_FILES = ("/dev/", "/proc/", "/sys/")

_read: set[str] = set()


def listen() -> None:
    """From now on note what is read; in a child process, for there is no way back."""

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and not arguments[2] & _WRITES:
            _read.add(os.path.abspath(arguments[0]))

    sys.addaudithook(hear)


def heard(dags: Mapping[str, Any]) -> str:
    """A digest of all that was read so far, and of what Airflow stores of some DAGs."""
    return digest([*_contents(_sources(_read)), *map(_stored, dags.values())])


def _stored(dag: Any) -> str:
    try:
        stored: Any = as_stored(dag)
    except Exception as error:  # Airflow refuses to, and the code of the user's classes may raise anything
        stored = repr(error)
    return _text(in_any_order(stored)).replace(_home(), "AIRFLOW_HOME")


def of_modules() -> str:
    """A digest of the user's modules that are loaded in this process, such as plugins."""
    return digest(_contents(_sources(filter(None, (getattr(m, "__file__", None) for m in [*sys.modules.values()])))))


def of_kit(*data: Path) -> str:
    """A digest of the kit itself, with data that is beside it."""
    return digest(_contents(str(path) for place in (PACKAGE, *data) for path in place.rglob("*") if _is_ours(path)))


def digest(parts: Iterable[str]) -> str:
    """A digest of texts."""
    return hashlib.sha256(json.dumps([*parts]).encode()).hexdigest()


def in_any_order(data: Any) -> Any:
    """Plain data whose lists are sorted: some were sets, and have another order in each process."""
    if isinstance(data, dict):
        return {str(name): in_any_order(value) for name, value in sorted(data.items(), key=lambda item: str(item[0]))}
    if isinstance(data, (list, tuple, set, frozenset)):
        return sorted(map(in_any_order, data), key=_text)
    return data


def _text(data: Any) -> str:
    return json.dumps(data, default=repr)


def _sources(paths: Iterable[str]) -> set[str]:
    """Files of the user's; of a compiled module, what it was compiled from."""
    sources = {_source(path) for path in paths}
    return {path for path in sources if not path.startswith((*_NOT_THE_USERS, *_NO_FILES, _home()))}


def _source(path: str) -> str:
    if not path.endswith(".pyc"):
        return path
    try:
        return importlib.util.source_from_cache(path)
    except ValueError:
        return path


def _home() -> str:
    return os.environ.get("AIRFLOW_HOME", "/dev/")


def _contents(paths: Iterable[str]) -> Iterator[str]:
    """Each file with its content; one that is not there is one that may come."""
    for path in sorted(paths):
        try:
            yield f"{path} {hashlib.sha256(Path(path).read_bytes()).hexdigest()}"
        except OSError:
            yield f"{path} cannot be read"


def _is_ours(path: Path) -> bool:
    return path.suffix in (".py", ".toml", ".json", ".csv") and path.is_file()
