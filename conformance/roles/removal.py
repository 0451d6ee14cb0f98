"""Which task removes what another one made, by what they are called: nothing else of a DAG says so."""

from __future__ import annotations

import re
from functools import cache

from conformance.folder.summary import TaskSummary

_MAKE = frozenset({"acquire", "create", "launch", "provision", "start", "take"})
_REMOVE = frozenset({"cleanup", "delete", "destroy", "drop", "release", "remove", "stop", "terminate"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def removes(task: TaskSummary, maker: TaskSummary) -> bool:
    """
    Whether a task removes what `maker` made: `drop_table` after `create_table`, by their ids; or by their operators,
    `EmrTerminateJobFlowOperator` after `EmrCreateJobFlowOperator`.
    """
    by_id = _same(_thing(_of_id(task), _REMOVE), _thing(_of_id(maker), _MAKE))
    return by_id or _same(_thing(_of_operator(task), _REMOVE), _thing(_of_operator(maker), _MAKE))


def _same(removed: frozenset[str], made: frozenset[str]) -> bool:
    """What is removed may be told in fewer words than what is made: an empty table is removed as a table."""
    return bool(removed) and removed <= made


def _thing(words: tuple[str, ...], verbs: frozenset[str]) -> frozenset[str]:
    """What is made, or removed: all words but the verb; none if there is no verb."""
    return frozenset(words) - verbs if verbs.intersection(words) else frozenset()


def _of_id(task: TaskSummary) -> tuple[str, ...]:
    """The words of an id, without those of groups; an id that does not begin with what is done tells nothing."""
    words = _words(task.task_id.rpartition(".")[2])
    return words if _MAKE.union(_REMOVE).intersection(words[:1]) else ()


def _of_operator(task: TaskSummary) -> tuple[str, ...]:
    return _words((task.stands_in_for or task.operator).rpartition(".")[2])


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name.replace("clean_up", "cleanup")))
