"""The patterns about tasks that wait, as seen in a DAG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.discovery.found import RUNS_CODE, Found, claimed, length
from conformance.discovery.ruled_graph import STOPPED, RuledGraph
from conformance.folder.summary import TaskSummary
from conformance.folder.task_settings import Waiting
from conformance.patterns.async_wait import AsyncWait
from conformance.patterns.sensor_timeout import SensorTimeout

A_WEEK = 7 * 86_400
"""The default of a sensor's `timeout`."""

MOST_POKES = {"poke": 2000, "reschedule": 100}
"""How often a sensor may poke before it gives up for that to be simulated in seconds, by its mode."""


def async_wait(graph: RuledGraph) -> Iterator[Found]:
    """A task that defers. For how long, and what it goes on with, its own code knows."""
    for task in graph.tasks.values():
        if task.deferrable and graph.plays(task.task_id):
            following = [
                graph[name] for name in graph.downstream(task.task_id) if graph[name].upstream == (task.task_id,)
            ]
            fitting = (t.task_id for t in following if t.trigger_rule == "all_success" and graph.plays(t.task_id))
            limit = task.trying.timeout if task.trying else None
            claim = claimed(
                AsyncWait, graph, task=task.task_id, execution_timeout=limit, downstream=next(fitting, None)
            )
            yield Found(claim, f"{task.task_id} ({task.operator}) defers", RUNS_CODE)


def sensor_timeout(graph: RuledGraph) -> Iterator[Found]:
    """A sensor, which gives up in the end."""
    for sensor in (task for task in graph.tasks.values() if task.waiting):
        assert sensor.waiting
        if _can_be_claimed(graph, sensor, sensor.waiting):
            yield (_deferrable if sensor.deferrable else _poking)(graph, sensor, sensor.waiting)


def _poking(graph: RuledGraph, sensor: TaskSummary, waiting: Waiting) -> Found:
    """A sensor that pokes itself; one that pokes very often before it gives up takes long to simulate."""
    claim = claimed(
        SensorTimeout,
        graph,
        sensor=sensor.task_id,
        reschedules=waiting.mode == "reschedule",
        soft=waiting.soft,
        forgives=waiting.forgives,
        silent=waiting.silent and waiting.timeout > 2 * waiting.interval,
        downstream=_downstream(graph, sensor),
        **_times(sensor, waiting),
    )
    count = pokes(waiting)
    slow = f"it pokes {count} times before it gives up, which takes long to simulate"
    return Found(claim, _why(sensor, waiting), slow if count > MOST_POKES[waiting.mode] else "")


def _deferrable(graph: RuledGraph, sensor: TaskSummary, waiting: Waiting) -> Found:
    """A sensor that defers: it has no pokes of its own, and how long it waits, its own code says."""
    claim = claimed(
        SensorTimeout,
        graph,
        sensor=sensor.task_id,
        deferrable=True,
        timeout=waiting.timeout,
        retries=sensor.retries or None,
        soft=waiting.soft,
        downstream=_downstream(graph, sensor),
    )
    why = f"{sensor.task_id} ({sensor.operator}) defers, and {_end(waiting)}"
    unseen = "it does not show that its own code hands its `timeout` on when it defers, without which it waits for ever"
    return Found(claim, why, "" if waiting.hands_on else unseen)


def pokes(waiting: Waiting) -> int:
    """About how often a sensor pokes before it gives up."""
    return int(waiting.timeout / ((waiting.grows and waiting.longest) or waiting.interval))


def _can_be_claimed(graph: RuledGraph, sensor: TaskSummary, waiting: Waiting) -> bool:
    return (
        sensor.task_id in graph.reached
        and not (sensor.setup or sensor.teardown or graph.dag.fail_fast)
        and (sensor.deferrable or waiting.interval > 0)
        and _has_time(sensor, waiting)
    )


def _has_time(sensor: TaskSummary, waiting: Waiting) -> bool:
    """Whether a sensor gives up before a try takes too long: each poke in mode `reschedule` is short."""
    limit = sensor.trying.timeout if sensor.trying else None
    if limit is None:
        return True
    if sensor.deferrable:  # Airflow 2 counts the time that it is deferred
        return limit > waiting.timeout
    return waiting.mode == "reschedule" or limit > waiting.timeout + waiting.interval


def _times(sensor: TaskSummary, waiting: Waiting) -> dict[str, Any]:
    """What the sensor's settings say, as far as a case can be held to it."""
    if waiting.grows:
        # From the interval to the longest wait there are some pokes between, and pokes at that length after them.
        told = waiting.longest and 4 * waiting.interval <= waiting.longest and waiting.timeout > 11 * waiting.longest
        return {"interval": waiting.interval, "longest_interval": waiting.longest or 0} if told else {}
    times: dict[str, Any] = {"timeout": waiting.timeout}
    if waiting.interval <= waiting.timeout:
        times["interval"] = waiting.interval
    if waiting.timeout == A_WEEK:
        times["default_timeout"] = True
    plain = not (waiting.soft or waiting.forgives or waiting.silent)
    delay = sensor.trying.delay if sensor.retries and sensor.trying and sensor.trying.factor == 1 else 0
    if delay and plain and waiting.timeout > 2 * waiting.interval:
        times["retry_delay"] = delay
    return times


def _downstream(graph: RuledGraph, sensor: TaskSummary) -> str | None:
    """A task directly downstream of a sensor that the sensor's end, a failure or a skip, stops."""
    rules = {"all_success"} if sensor.waiting and sensor.waiting.soft else STOPPED
    for name in graph.downstream(sensor.task_id):
        task = graph[name]
        beside = task.mapped_group == sensor.mapped_group and not task.expanded
        if task.trigger_rule in rules and beside and not task.teardown and (graph.fails_run(name)):
            return name
    return None


def _why(sensor: TaskSummary, waiting: Waiting) -> str:
    often = f"every {length(waiting.interval)}" + (" at first" if waiting.grows else "")
    return f"{sensor.task_id} ({sensor.operator}) pokes {often}, in mode {waiting.mode}, and {_end(waiting)}"


def _end(waiting: Waiting) -> str:
    ends = f"{'is skipped' if waiting.soft else 'fails'} after {length(waiting.timeout)}"
    return ends + (", the default" if waiting.timeout == A_WEEK else "")
