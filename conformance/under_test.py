"""What is under test: a folder of DAGs, what was found in it, what is claimed of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.claims import reader
from conformance.claims.folder import DagFile, Folder, survey
from conformance.claims.roles import AnyDag, Claim, TriggerRules
from conformance.claims.roles.rules import all_rules
from conformance.errors import UserError
from conformance.paths import DAGS
from conformance.sandbox import network
from conformance.sandbox.parse import parse
from conformance.simulator.seam import airflow_version


@dataclass(eq=False)
class UnderTest:
    """A surveyed folder with its claims. DAGs are parsed in this process when a case first needs them."""

    folder: Folder
    claims: reader.Claims
    _dags: dict[str, Any] = field(default_factory=dict)

    @property
    def is_reference(self) -> bool:
        """Whether these are our own reference DAGs."""
        return self.folder.path == DAGS

    @property
    def files(self) -> tuple[DagFile, ...]:
        """The files that the installed Airflow can be asked to parse."""
        return tuple(f for f in self.folder.files if reaches(self.claims.since.get(f.path, "")))

    def claims_of(self, kind: type[Claim]) -> list[Claim]:
        """The claims of one pattern; every DAG is an `any-dag`. Trigger rules are Airflow's, not a folder's."""
        if kind is AnyDag:
            return [AnyDag(dag=dag.dag_id, summary=dag) for file in self.files for dag in file.dags]
        if kind is TriggerRules:
            return [*all_rules()] if self.is_reference else []
        return [claim for claim in self.claims.claims if isinstance(claim, kind)]

    def dag(self, dag_id: str) -> Any:
        """The DAG object. Raises UserError if it cannot be parsed here although a child process could."""
        if dag_id not in self._dags:
            path = self.folder.path / self.folder.dags[dag_id].file
            found, error = parse(path)
            if dag_id not in found:
                raise UserError(
                    f"{path.name} did not define DAG '{dag_id}' when it was parsed again: {error or 'no error'}."
                )
            self._dags.update(found)
        return self._dags[dag_id]

    def where(self, dag_id: str, task: str | None = None) -> str:
        """File and line of a DAG or of one of its tasks, relative to the folder's parent."""
        dag = self.folder.dags.get(dag_id)
        if dag is None:
            return ""
        line = next((t.line for t in dag.tasks if t.task_id == task and t.line), dag.line)
        return f"{self.folder.path.name}/{dag.file}:{line}"


def look_at(folder: Path | None, claims_file: Path | None, shared: Path | None, timeout: float = 30.0) -> UnderTest:
    """
    Survey `folder` (default: the reference DAGs), giving each file `timeout` seconds, and read its claims; `shared`
    is where processes of one run share the survey.

    The sandbox must have been entered. Raises UserError for anything wrong with the folder or the claims.
    """
    folder = (folder or DAGS).resolve()
    network.watch(folder)
    network.refuse_network()
    if claims_file and not claims_file.exists():
        raise UserError(f"There is no claims file {claims_file}: name one, or leave the option out.")
    found = survey(folder, shared, timeout)
    if str(folder) not in sys.path:  # as Airflow does for its DAGs folder
        sys.path.append(str(folder))
    path = claims_file or folder / reader.FILE
    claims = reader.read(path) if path.exists() else reader.Claims()
    reader.check(claims, found, path)
    return UnderTest(found, claims)


def reaches(since: str) -> bool:
    """Whether the installed Airflow is of minor `since` or later; an empty text is any."""
    return not since or airflow_version()[:2] >= tuple(int(part) for part in since.split("."))
