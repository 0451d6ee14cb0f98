"""The pattern about tasks that are tried again, as seen in a DAG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.discovery.found import Found, claimed, length, some
from conformance.discovery.ruled_graph import RuledGraph
from conformance.discovery.waiting import MOST_POKES, pokes
from conformance.folder.summary import TaskSummary
from conformance.folder.task_settings import Trying
from conformance.patterns.retry import Retry

A_DAY = 86_400
"""Airflow's own limit of a wait that grows (`[core] max_task_retry_delay`)."""


def retry(graph: RuledGraph) -> Iterator[Found]:
    """
    A task with retries whose failure fails the run.

    Tasks that are alike in this are claimed once: nearly always they have their settings from `default_args`.
    """
    alike: dict[tuple[Retry, bool], list[str]] = {}
    for task in graph.tasks.values():
        if task.retries and task.trying and _can_be_claimed(graph, task):
            claim = _claim(graph, task, task.trying)
            alike.setdefault((replace(claim, task=""), task.expanded), []).append(task.task_id)
    for (settings, _), (first, *others) in alike.items():
        why = f"{first} has {settings.retries} retr{'y' if settings.retries == 1 else 'ies'}{_waits(settings)}"
        yield Found(replace(settings, task=first), why + (f"; so have {some(others)}" if others else ""))


def _can_be_claimed(graph: RuledGraph, task: TaskSummary) -> bool:
    return (
        graph.plays(task.task_id)
        and graph.fails_run(task.task_id)
        and (task.instances > 1 if task.mapped else task.instances == 1)
    )


def _claim(graph: RuledGraph, task: TaskSummary, trying: Trying) -> Retry:
    return claimed(
        Retry,
        graph,
        task=task.task_id,
        retries=task.retries,
        timeout=trying.timeout,
        notifies=trying.notifies,
        mapped=task.mapped,
        defers=task.deferrable,
        reschedules=_reschedules(task),
        **_delays(task.retries, trying),
    )


def _delays(retries: int, trying: Trying) -> dict[str, Any]:
    """What can be said of the waits; of those that grow only if they do so by whole seconds, and double at least."""
    if trying.factor == 1:
        return {"delay": trying.delay} if trying.delay else {}
    if trying.delay < 1 or trying.delay % 1 or trying.factor < 2:
        return {}
    grown = 2 * trying.delay * trying.factor ** (retries - 1)
    cap = min(trying.longest or A_DAY, A_DAY)
    if cap < trying.delay:
        return {}
    said = {"backoff_from": trying.delay, "backoff_factor": trying.factor}
    return said | ({"backoff_cap": cap} if trying.longest or grown > A_DAY else {})


def _reschedules(task: TaskSummary) -> bool:
    waiting = task.waiting
    return bool(
        waiting
        and waiting.mode == "reschedule"
        and not (waiting.grows or task.deferrable or task.mapped)
        and 0 < 2 * waiting.interval < waiting.timeout
        and pokes(waiting) <= MOST_POKES[waiting.mode]
    )


def _waits(claim: Retry) -> str:
    if claim.delay:
        return f", each {length(claim.delay)} after a failure"
    return f", at growing intervals from {length(claim.backoff_from)} on" if claim.backoff_from else ""
