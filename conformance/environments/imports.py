"""Which of Airflow's providers a folder of DAGs needs, told from its files without running them."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from conformance.folder.import_roots import up_to_the_root
from conformance.folder.missing import distribution
from conformance.stand_ins.modules import FAMILIES

_NOT_OWN = sys.stdlib_module_names | {"airflow"}
_NOT_READ = frozenset({"__pycache__", "node_modules", "site-packages"})


def providers(folder: Path, pythonpath: Sequence[Path] = ()) -> list[str]:
    """
    The distributions, such as `apache-airflow-providers-cncf-kubernetes`, that the files import.

    Read are the files of the folder, and what they import of the repository's own packages.
    """
    folder = folder.resolve()
    places = _places(folder, pythonpath)
    waiting, read = list(_python_files(folder)), set[Path]()
    imported = set[tuple[str, Path | None]]()
    while waiting:
        file = waiting.pop()
        if file not in read:
            read.add(file)
            new = set(_imported(file)) - imported
            imported |= new
            waiting += (own for module, beside in new for own in _own(module, [beside] if beside else places))
    packages = {provider(module) for module, beside in imported if beside is None}
    return sorted(canonicalize_name(distribution(package)) for package in packages - {""})


def provider(module: str) -> str:
    """The package of the provider that a module belongs to, such as `airflow.providers.http`; else an empty text."""
    parts = module.split(".")
    depth = 4 if len(parts) > 2 and parts[2] in FAMILIES else 3
    if parts[:2] != ["airflow", "providers"] or len(parts) < depth or not parts[depth - 1].islower():
        return ""
    return ".".join(parts[:depth])


def _python_files(folder: Path) -> Iterator[Path]:
    """Those at any depth, but for hidden folders and environments."""
    for here, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not (name.startswith(".") or name in _NOT_READ or Path(here, name, "pyvenv.cfg").exists())
        ]
        yield from (Path(here, name) for name in files if name.endswith(".py"))


def _places(folder: Path, pythonpath: Sequence[Path]) -> list[Path]:
    """Where the repository's own packages may be."""
    if pythonpath:
        return [folder, *pythonpath]
    above = up_to_the_root(folder)
    inside = (place for base in above for place in sorted(base.glob("*/")) if not place.name.startswith("."))
    return [*above, *inside]


def _imported(file: Path) -> Iterator[tuple[str, Path | None]]:
    """
    Every module that a file imports, and for a relative import the folder it begins in; none if the file is broken.

    Of `from a import b` it is both `a` and `a.b`, for b may be a module.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, None) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            beside = file.parents[min(node.level, len(file.parents)) - 1] if node.level else None
            names = [".".join(filter(None, (node.module, name.name))) for name in node.names]
            yield from ((name, beside) for name in filter(None, [node.module, *names]))


def _own(module: str, places: Sequence[Path]) -> list[Path]:
    """The files of a module, and of the packages that it is in, in the first place that has any."""
    parts = module.split(".")
    if parts[0] in _NOT_OWN:
        return []
    for place in places:
        steps = [place.joinpath(*parts[: count + 1]) for count in range(len(parts))]
        files = [file for step in steps for file in (step.with_name(f"{step.name}.py"), step / "__init__.py")]
        if found := [file for file in files if file.is_file()]:
            return found
    return []
