"""What an outcome rests on where something is missing, for what stands in for it may behave otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from conformance.case import Case
from conformance.errors import listed
from conformance.folder.missing import told
from conformance.folder.summary import DagSummary, TaskSummary
from conformance.folder.survey import DagFile
from conformance.roles.claim import Claim
from conformance.stand_ins.standing_in import StandIn

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest

_IMPORTS = "ANY-001"
"""The case about files that rests on what they import; the others are about what they do themselves."""
_MOST_NAMED = 3
"""So many classes are named."""


def stand_ins(subject: Any, tested: UnderTest) -> tuple[StandIn, ...]:
    """What stands in for what is missing in the file that a case is about."""
    if isinstance(subject, DagFile):
        return subject.stand_ins
    dag = getattr(subject, "dag", "")
    return tested.folder.file_of[dag].stand_ins if dag in tested.folder.file_of else ()


def assumption(case: Case, subject: Any, tested: UnderTest) -> str:
    """
    On what the outcome of a case rests that nobody can see here: of a file, that what is missing can be imported; of a
    DAG, what the classes that are missing say of their tasks. Empty if it rests on nothing of the kind.
    """
    if isinstance(subject, DagFile):
        missing = subject.stand_ins if case.id == _IMPORTS else ()
        return f"what is missing here is there: {told(missing)}" if missing else ""
    if not isinstance(subject, Claim) or subject.dag not in tested.folder.dags:
        return ""
    dag = tested.folder.dags[subject.dag]
    kinds: dict[tuple[str, ...], set[str]] = {}
    for task in _that_count(subject, dag):
        kinds.setdefault(task.assumes, set()).add(task.stands_in_for)
    return " and ".join(_without(sorted(of), settings) for settings, of in kinds.items() if settings)


def _without(kinds: list[str], settings: tuple[str, ...]) -> str:
    """`acme.Load has no retries of its own`."""
    named = kinds[:_MOST_NAMED] + [f"{len(kinds) - _MOST_NAMED} more"] * (len(kinds) > _MOST_NAMED)
    have, whose = ("has", "its") if len(kinds) == 1 else ("have", "their")
    return f"{listed(named)} {have} no {' and no '.join(settings)} of {whose} own"


def _that_count(claim: Claim, dag: DagSummary) -> Iterable[TaskSummary]:
    """The task that a case is about, with all that is downstream; of a DAG as a whole, every task."""
    task = getattr(claim, "task", "")
    if not isinstance(task, str) or not task:
        return dag.tasks
    count = {task, *dag.graph.all_downstream(task)}
    return [one for one in dag.tasks if one.task_id in count]
