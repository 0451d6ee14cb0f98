"""
Whether a scenario speaks of what is there. A word about anything else would change nothing, and whoever wrote it would
take the run for one in which it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from conformance.errors import NotThere, quoted
from conformance.folder.operators import ISOLATED, lets_code_choose, mapped_over, operator_of
from conformance.seam.api import Dag, airflow
from conformance.simulator.run import SimulatedRun
from conformance.simulator.scenario import Word


def refuse_unless_there(dag: Dag, words: Iterable[Word], clear: str | None = None) -> None:
    """Refuse a word about a task that the DAG does not have, or that cannot do what it says. Raises NotThere."""
    if clear is not None and clear not in dag.task_dict:
        raise NotThere(f"clear='{clear}': DAG '{dag.dag_id}' has no such task; it has {quoted(dag.task_dict)}.")
    for word in words:
        if word.task not in dag.task_dict:
            raise NotThere(f"{word}: DAG '{dag.dag_id}' has no such task; it has {quoted(dag.task_dict)}.")
        if word.map_index not in (None, -1) and not _is_mapped(dag.task_dict[word.task]):
            raise NotThere(
                f"{word}: the task is not mapped, so leave `map_index` out; in DAG '{dag.dag_id}' these are mapped: "
                f"{_those(dag, _is_mapped)}."
            )
        for speaks, what, fits in _KINDS:
            if speaks(word) and not fits(dag.task_dict[word.task]):
                raise NotThere(f"{word}: the task is no {what}; DAG '{dag.dag_id}' has these: {_those(dag, fits)}.")
        if "items" in word.says and word.task not in (mapped := mapped_over(dag)):
            raise NotThere(f"{word}: nothing is mapped over the task's result; but over these: {quoted(mapped)}.")


def refuse_unless_tried(words: Iterable[Word], runs: list[SimulatedRun]) -> None:
    """
    Refuse a word about an instance that a mapped task had in none of the runs. Raises NotThere.

    How many there are, many tasks say only when they run; of one that came to no instance at all, anything may be said.
    """
    for word in words:
        if word.map_index is None or word.map_index < 0:
            continue
        found = sorted({key.map_index for run in runs for key in run.states if key.task_id == word.task})
        if word.map_index not in found and any(index >= 0 for index in found):
            raise NotThere(
                f"{word}: in this run the task has no such instance; it has {', '.join(map(str, found))} "
                f"(a task whose result is mapped over returns two items, or as many as `gives` says)."
            )


def _those(dag: Dag, fits: Callable[[Any], bool]) -> str:
    return quoted(task_id for task_id, task in dag.task_dict.items() if fits(task))


def _is_mapped(task: Any) -> bool:
    return not hasattr(task, "execute") or any(True for _ in task.iter_mapped_task_groups())


def _is_sensor(task: Any) -> bool:
    return issubclass(operator_of(task), airflow().BaseSensorOperator)


def _is_branch(task: Any) -> bool:
    return issubclass(operator_of(task), airflow().BRANCH_OPERATORS) or lets_code_choose(_names(task))


def _is_short_circuit(task: Any) -> bool:
    return issubclass(operator_of(task), airflow().ShortCircuitOperator)


def _is_isolated(task: Any) -> bool:
    return not _names(task).isdisjoint(ISOLATED)


def _names(task: Any) -> set[str]:
    return {base.__name__ for base in operator_of(task).__mro__}


_KINDS: tuple[tuple[Callable[[Word], bool], str, Callable[[Any], bool]], ...] = (
    (lambda word: "done_after" in word.says or word.says.get("fails_at") is not None, "sensor", _is_sensor),
    (lambda word: "chooses" in word.says, "branch", _is_branch),
    (lambda word: "passes" in word.says, "short circuit", _is_short_circuit),
    (lambda word: bool(word.says.get("lacks")), "task that runs in another interpreter", _is_isolated),
)
"""Which words are only for tasks of one kind."""
