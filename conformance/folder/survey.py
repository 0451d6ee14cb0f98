"""What is in a DAGs folder: every file that Airflow would look at, parsed one by one, each without risk to the rest."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock

from conformance.errors import UserError
from conformance.files import folder_of_dags
from conformance.folder.probe import STOOD_IN, probe, warm_up
from conformance.folder.probes import probes
from conformance.folder.summary import DagSummary, Probe, Problem
from conformance.seam.before_simulation import dag_files, left_out
from conformance.stand_ins.standing_in import Level, StandIn


@dataclass(frozen=True)
class DagFile:
    """
    A Python file of the folder: its path (relative, posix), its DAGs, and why it could not be parsed, if so.

    `seconds` is how long its import takes; `asked` says for what it asks then, and in which line; `warned` what Airflow
    says in it is deprecated; `imports` which names it finds outside the folder, and where; `leaves` what it leaves
    behind; `made_of` is a digest of all that was read meanwhile, and of what Airflow stores; `shares` says which ids of
    its DAGs are those of DAGs in files that are read later, too.
    """

    path: str
    dags: tuple[DagSummary, ...]
    error: Problem | None = None
    seconds: float = 0.0
    asked: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()
    level: Level = Level.nothing
    stand_ins: tuple[StandIn, ...] = ()
    leaves: tuple[str, ...] = ()
    made_of: str = ""
    shares: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What a report calls it."""
        return self.path

    @property
    def is_imported(self) -> bool:
        """Whether it can be imported."""
        return self.error is None

    @property
    def is_whole(self) -> bool:
        """Whether every package that it imports is here."""
        return not any(missing.kind == "package" for missing in self.stand_ins)

    @property
    def lacks_a_module(self) -> bool:
        """Whether it imports something that is not installed, and nothing can stand in for."""
        return self.error is not None and "ModuleNotFoundError" in self.error.message.rpartition(STOOD_IN)[2]


@dataclass(frozen=True)
class Folder:
    """A DAGs folder (absolute path) and its files, sorted by path."""

    path: Path
    files: tuple[DagFile, ...]

    @cached_property
    def dags(self) -> dict[str, DagSummary]:
        """Every DAG that could be parsed, by its id."""
        return {dag.dag_id: dag for file in self.files for dag in file.dags}

    @cached_property
    def file_of(self) -> dict[str, DagFile]:
        """The file that defines each DAG, by the DAG's id."""
        return {dag.dag_id: file for file in self.files for dag in file.dags}

    @property
    def imports(self) -> dict[tuple[str, str], int]:
        """What is imported from where outside the folder (name, place relative to it), and by how many files."""
        return Counter(found for file in self.files for found in file.imports)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of DAGs and tasks, with those of the groups that tasks are in, and the names of files."""
        names = {name for file in self.files for name in PurePosixPath(file.path).with_suffix("").parts}
        for dag in self.dags.values():
            names |= {dag.dag_id, *(part for task in dag.tasks for part in (task.task_id, *task.task_id.split(".")))}
        return frozenset(names)


Tell = Callable[[int, int], object]
"""Hears how many files of how many were read."""


def survey(
    folder: Path,
    shared: Path | None = None,
    timeout: float = 30.0,
    tell: Tell = lambda _done, _total: None,
    stand_ins: bool = False,
) -> Folder:
    """
    Parse every DAG file below `folder`, giving each `timeout` seconds; `tell` hears of each.

    With `shared`, the first process of a run writes its findings to that file and the others read them. Raises
    UserError for a folder that is missing, empty or without a DAG.
    """
    folder_of_dags(folder)
    if shared is None:
        return _checked(_survey(folder.resolve(), timeout, tell, stand_ins))
    with FileLock(shared.with_name(shared.name + ".lock")):
        if not shared.exists():
            write(_survey(folder.resolve(), timeout, tell, stand_ins), shared)
        return _checked(read(shared))


def _survey(folder: Path, timeout: float, tell: Tell, stand_ins: bool) -> Folder:
    warm_up()
    paths, files = dag_files(folder), []
    for path, found in probes(paths, lambda path: probe(path, timeout, folder, stand_ins)):
        files.append(_dag_file(path.relative_to(folder).as_posix(), found))
        tell(len(files), len(paths))
    for path, why in left_out(folder):
        name = path.relative_to(folder).as_posix()
        files.append(DagFile(name, (), Problem("import-error", f"it {why} ({folder.name}/{name})")))
    return Folder(folder, tuple(sorted(files, key=lambda file: file.path)))


def _checked(folder: Folder) -> Folder:
    """`folder`, if it can be worked with."""
    if not any(file.dags or file.error or file.stand_ins for file in folder.files):
        raise UserError(
            f"No file in {folder.path} defines a DAG: name a folder with DAG files "
            "(as in Airflow, a file that contains neither 'dag' nor 'airflow' is not read)."
        )
    return told_apart(folder)


def told_apart(folder: Folder) -> Folder:
    """A folder whose DAGs have names of their own: of those with one id, the last in the order of files keeps it."""
    last = {dag.dag_id: file.path for file in folder.files for dag in file.dags}
    return Folder(folder.path, tuple(_renamed(file, last) for file in folder.files))


def _renamed(file: DagFile, last: Mapping[str, str]) -> DagFile:
    lost = [dag for dag in file.dags if last[dag.dag_id] != file.path]
    if not lost:
        return file
    dags = tuple(
        replace(d, dag_id=f"{d.dag_id} ({file.path})", real_id=d.dag_id) if d in lost else d for d in file.dags
    )
    shares = (f"'{dag.dag_id}' is defined in {last[dag.dag_id]}, too" for dag in lost)
    return replace(file, dags=dags, shares=tuple(shares))


def write(folder: Folder, shared: Path) -> None:
    """Write down what was found."""
    unfinished = shared.with_name(shared.name + ".part")
    unfinished.write_text(json.dumps({"path": str(folder.path), "files": [asdict(file) for file in folder.files]}))
    os.replace(unfinished, shared)


def read(shared: Path) -> Folder:
    """What `write` wrote."""
    data = json.loads(shared.read_text())
    return Folder(Path(data["path"]), tuple(_read(file) for file in data["files"]))


def _read(data: dict[str, Any]) -> DagFile:
    return _dag_file(data["path"], Probe.from_json({**data, "problem": data["error"]}))


def _dag_file(path: str, found: Probe) -> DagFile:
    said = dict(vars(found))
    return DagFile(path, error=said.pop("problem"), **said)
