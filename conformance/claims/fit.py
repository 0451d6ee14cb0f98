"""Whether the tasks that a claim names are there, and can play the roles they are named for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.errors import UserError, quoted
from conformance.folder.summary import DagSummary, TaskSummary
from conformance.roles.claim import Claim
from conformance.roles.shapes import Cast


@dataclass(frozen=True)
class Part:
    """A role of a claim, and all in the DAG that might play it: its tasks, or its task groups."""

    role: str
    kind: str
    known: dict[str, TaskSummary]


def fit(claim: Claim, dag: DagSummary, where: str) -> None:
    """Refuse who does not exist, and then who cannot play the role that it is named for. Raises UserError."""
    cast = Cast(claim, {task.task_id: task for task in dag.tasks})
    parts = [Part(role, "task", cast.tasks) for role in claim.roles]
    parts += [Part(role, "task group", _groups(cast.tasks)) for role in claim.groups]
    for check in _exists, _fits:
        for part in parts:
            for name in cast.of(part.role):
                check(name, part, cast, where)


def _exists(name: str, part: Part, cast: Cast, where: str) -> None:
    if name not in part.known:
        raise UserError(
            f"{where}: DAG '{cast.claim.dag}' has no {part.kind} '{name}' for role '{part.role}': "
            f"{f'name one of {quoted(part.known)}' if part.known else 'it has none'}."
        )


def _fits(name: str, part: Part, cast: Cast, where: str) -> None:
    shapes = cast.claim.shapes.get(part.role, ())
    for shape in shapes:
        others = cast.of(shape.beside) if shape.beside else ()
        if shape.beside and not others:
            raise UserError(f"{where}: '{part.role}' says nothing without '{shape.beside}': say that, too.")
        if not shape.fits(part.known[name], cast):
            asked = [shape for shape in shapes if not shape.beside or cast.of(shape.beside)]
            can = [other for other, task in part.known.items() if all(shape.fits(task, cast) for shape in asked)]
            beside = " ".join([shape.otherwise, ", ".join(f"'{other}'" for other in others)]).rstrip()
            raise UserError(
                f"{where}: {part.kind} '{name}' cannot play role '{part.role}': it {beside}; "
                f"in DAG '{cast.claim.dag}' these can: {quoted(can)}."
            )


def _groups(tasks: dict[str, TaskSummary]) -> dict[str, TaskSummary]:
    """Every task group by its id, as one task that waits for what its tasks wait for outside of it."""
    inside: dict[str, list[TaskSummary]] = {}
    for task in tasks.values():
        *groups, _ = task.task_id.split(".")
        for depth in range(len(groups)):
            inside.setdefault(".".join(groups[: depth + 1]), []).append(task)
    return {group: _as_one(group, members) for group, members in inside.items()}


def _as_one(group: str, members: list[TaskSummary]) -> TaskSummary:
    upstream = {above for task in members for above in task.upstream} - {task.task_id for task in members}
    return replace(members[0], task_id=group, upstream=tuple(sorted(upstream)))
