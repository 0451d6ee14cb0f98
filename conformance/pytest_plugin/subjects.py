"""What is under test: a folder of DAGs, what was found in it, what is claimed of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from inspect import signature
from pathlib import Path
from typing import Any

from conformance.case import Case
from conformance.claims import reader
from conformance.claims.kinds import kinds
from conformance.claims.tolerances import Tolerance
from conformance.errors import UserError, known, nearest
from conformance.folder import import_roots
from conformance.folder.parse import Parsed, forget, parse_with_stand_ins
from conformance.folder.plugins import survey_with_plugins
from conformance.folder.survey import DagFile, Folder
from conformance.paths import DAGS, stay
from conformance.patterns.trigger_rules import TriggerRules, all_rules
from conformance.roles.claim import Claim
from conformance.roles.whole_dag import AnyDag, WholeDag
from conformance.sandbox import network, time_limit
from conformance.sandbox.given_values import Given
from conformance.seam.api import airflow_version
from conformance.seam.keep_latest import Latest


@dataclass(eq=False)
class UnderTest:
    """A surveyed folder with its claims. DAGs are parsed in this process when a case first needs them."""

    folder: Folder
    claims: reader.Claims
    given: Given = field(default_factory=Given)
    pythonpath: Sequence[Path] = ()
    stand_ins: bool = True
    _parsed: _Parsed = field(default_factory=lambda: _Parsed())

    @property
    def is_reference(self) -> bool:
        """Whether these are our own reference DAGs."""
        return self.folder.path == DAGS

    @property
    def files(self) -> tuple[DagFile, ...]:
        """The files that the installed Airflow can be asked to parse."""
        return tuple(f for f in self.folder.files if reaches(self.claims.since.get(f.path, "")))

    def claims_of(self, kind: type[Claim]) -> list[Claim]:
        """The claims of one pattern; some hold of every DAG. Trigger rules are Airflow's, not a folder's."""
        if issubclass(kind, WholeDag):
            return [kind(dag=dag.dag_id, summary=dag) for file in self.files for dag in file.dags]
        if kind is TriggerRules:
            return [*all_rules()] if self.is_reference else []
        return [claim for claim in self.claims.claims if isinstance(claim, kind)]

    def subjects(self, case: Case, arguments: Collection[str]) -> tuple[str, Sequence[DagFile | Claim]]:
        """Which of its `arguments` is the subject of a case, and every subject that the case applies to."""
        if "dag_file" in arguments:  # advice is for files that can be imported at all
            files = [file for file in self.files if all(getattr(file, need) for need in case.needs)]
            return "dag_file", [file for file in files if not (case.advice and file.error)]
        kind = next(kind for kind in kinds().values() if kind.argument() in arguments)
        claims = [claim for claim in self.claims_of(kind) if claim.has(case.needs)]
        if case.each:
            return kind.argument(), [one for dag in claims if isinstance(dag, AnyDag) for one in dag.each(case.each)]
        return kind.argument(), claims

    def asked(
        self, case: Case, arguments: Collection[str], is_given: Callable[[str], object]
    ) -> tuple[str, Sequence[DagFile | Claim]]:
        """The same; no subject if the case is asked for by an option that is not given."""
        name, subjects = self.subjects(case, arguments)
        option = next((subject.asked_for for subject in subjects if isinstance(subject, Claim)), "")
        return name, subjects if not option or is_given(option) else ()

    @cached_property
    def tolerances(self) -> dict[tuple[str, str], Tolerance]:
        """What is tolerated on the installed Airflow, by case and subject."""
        version = metadata.version("apache-airflow")
        return {(t.case, t.subject): t for t in self.claims.tolerances if t.is_in_force(version)}

    def dag(self, dag_id: str) -> Any:
        """The DAG object. Raises UserError if there is none, or it cannot be parsed here although a child could."""
        known([dag_id], self.folder.dags, "DAG")
        file = self.folder.file_of[dag_id]
        path = self.folder.path / file.path
        if path not in self._parsed:
            with stay():
                parsed = parse_with_stand_ins(path, self.folder.path, file.level)
            time_limit.check()  # Airflow takes whatever is raised meanwhile for a mistake of the file
            self._parsed[path] = parsed
        found, error, _ = self._parsed[path]
        real_id = self.folder.dags[dag_id].real_id or dag_id
        if real_id not in found:
            raise UserError(
                f"{path.name} defined DAG '{dag_id}' at first, but not when parsed again ({error or 'no error'})."
            )
        return found[real_id]

    def file_of(self, subject: object) -> DagFile | None:
        """The file that a subject is about, if it is about one that imports."""
        return subject if isinstance(subject, DagFile) else self.folder.file_of.get(getattr(subject, "dag", ""))

    def where(self, dag_id: str, task: str | None = None) -> str:
        """File and line of a DAG or of one of its tasks, relative to the folder's parent."""
        dag = self.folder.dags.get(dag_id)
        if dag is None:
            return ""
        line = next((t.line for t in dag.tasks if t.task_id == task and t.line), dag.line)
        return f"{self.folder.path.name}/{dag.file}:{line}"


class _Parsed(Latest[Path, Parsed]):
    """What the files that were parsed last gave."""

    def left(self, path: Path) -> None:
        """The module of a file holds its DAGs."""
        forget(path)


def look_at(
    folder: Path | None,
    claims_file: Path | None,
    shared: Path | None,
    timeout: float,
    given: Given,
    pythonpath: Sequence[Path] = (),
    stand_ins: bool = True,
) -> UnderTest:
    """
    Survey `folder` (default: the reference DAGs), giving each file `timeout` seconds, and read its claims; `shared`
    is where processes of one run share the survey. What the files import besides may be in `pythonpath`.

    The sandbox must have been entered, with what is `given`. Raises UserError for anything wrong with the folder or
    the claims.
    """
    from rich.console import Console

    from conformance.report.progress import reading

    folder = (folder or DAGS).resolve()
    network.watch(folder)
    network.refuse_network()
    import_roots.look_there(folder, pythonpath)
    if claims_file and not claims_file.exists():
        raise UserError(f"There is no claims file {claims_file}: name one, or leave the option out.")
    if str(folder) not in sys.path:  # as Airflow does for its DAGs folder
        sys.path.append(str(folder))
    with reading(Console()) as tell:
        found = survey_with_plugins(folder, shared, timeout, tell, stand_ins)
    path = claims_file or folder / reader.FILE
    claims = reader.read(path) if path.exists() else reader.Claims()
    reader.check(claims, found, path)
    tested = UnderTest(found, claims, given, pythonpath, stand_ins)
    check_tolerances(tested, path)
    return tested


def check_tolerances(tested: UnderTest, path: Path) -> None:
    """Refuse to tolerate what no case says of this folder."""
    if not tested.claims.tolerances:
        return
    from conformance.catalogue import catalogue

    entries = {entry.case.id: entry for entry in catalogue()}
    for tolerance in tested.claims.tolerances:
        if tolerance.case not in entries:
            near = nearest(tolerance.case, entries)
            raise UserError(f"{path}, line {tolerance.line}: there is no case '{tolerance.case}': name one of {near}.")
    labels: dict[str, set[str]] = {}
    files = {file.path for file in tested.folder.files}
    for (case, subject), tolerance in tested.tolerances.items():
        if case not in labels:
            entry = entries[case]
            argument, subjects = tested.subjects(entry.case, signature(entry.function).parameters)
            labels[case] = files if argument == "dag_file" else {subject.label for subject in subjects}
        if subject not in labels[case] and (labels[case] is files or not _is_out_of_sight(subject, tested)):
            raise UserError(
                f"{path}, line {tolerance.line}: {case} is not about '{subject}', so there is nothing to tolerate: "
                f"delete the entry, or name one of {nearest(subject, labels[case])}."
            )


def _is_out_of_sight(subject: str, tested: UnderTest) -> bool:
    """Whether its DAG may be in a file that the installed Airflow cannot parse, or is not asked to."""
    in_sight = {dag.dag_id for file in tested.files for dag in file.dags}
    everything = len(tested.files) == len(tested.folder.files) and not any(file.error for file in tested.files)
    return subject.partition(":")[0] not in in_sight and not everything


def reaches(since: str) -> bool:
    """Whether the installed Airflow is of minor `since` or later; an empty text is any."""
    return not since or airflow_version()[:2] >= tuple(int(part) for part in since.split("."))
