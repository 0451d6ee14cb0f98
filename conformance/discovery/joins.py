"""The patterns about tasks that wait for several, as seen in a DAG."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.discovery.flow import branches
from conformance.discovery.found import RUNS_CODE, Found, claimed, some
from conformance.discovery.ruled_graph import WHATEVER_HAPPENS, RuledGraph
from conformance.patterns.fan_in import FanIn
from conformance.patterns.merge import Merge
from conformance.patterns.watcher import Watcher

FORTY_MINUTES = 2400
"""For how long the cases let an arm run that the join is to wait for."""

_SAYS = {
    "all_success": "runs when every arm was chosen",
    "none_failed_min_one_success": "runs when an arm was chosen and none failed",
    "none_failed": "runs when no arm failed, chosen or not",
    "all_done": "runs whatever became of the arms",
}


def merge(graph: RuledGraph) -> Iterator[Found]:
    """A task downstream of two arms of a branch at least, with a rule that says what it needs of them."""
    for brancher, choices in branches(graph):
        sides = {arm: _side(graph, arm) for arm in choices}
        for join in graph.tasks.values():
            arms = [arm for arm in choices if sides[arm] & set(join.upstream)]
            arms.sort(key=lambda arm: graph.plays(arm, FORTY_MINUTES))  # the last one is the one that takes long
            if len(arms) < 2 or not set(join.upstream) <= set().union(*(sides[arm] for arm in arms)):
                continue
            found = _merge(graph, brancher, tuple(arms), join.task_id)
            if found:
                yield Found(
                    found,
                    f"{join.task_id} is downstream of {some(arms)}, and with {join.trigger_rule} {_rule(graph, found)}",
                )


def _rule(graph: RuledGraph, claim: Merge) -> str:
    return _SAYS[graph[claim.join].trigger_rule]


def _side(graph: RuledGraph, arm: str) -> set[str]:
    """An arm and what waits for it alone, and so shares its fate."""
    found = {arm}
    while (
        more := {
            task.task_id
            for task in graph.tasks.values()
            if task.upstream
            and set(task.upstream) <= found
            and task.trigger_rule == "all_success"
            and graph.together([arm, task.task_id])
            and not (task.setup or task.teardown)
        }
        - found
    ):
        found |= more
    return found


def _merge(graph: RuledGraph, brancher: str, arms: tuple[str, ...], join: str) -> Merge | None:
    found, branch = graph[join], graph[brancher]
    every, mapped_arm = found.trigger_rule == "all_success", any(graph[arm].expanded for arm in arms)
    mapped = bool(branch.mapped_group)
    inside = mapped and found.mapped_group == branch.mapped_group
    fits = (
        found.trigger_rule in _SAYS
        and join in graph.reached
        and join not in graph.downstream(brancher)
        and not (found.idle or found.expanded or found.setup or found.teardown)
        and (not found.mapped or inside)
        and all(graph.plays(arm) for arm in arms)
        and graph.plays(arms[-1], FORTY_MINUTES)
        # A mapped arm, or one in a mapped group, may run although nobody chose it: what such a join does is not told.
        and not (every and (mapped or mapped_arm))
        # What is in a group mapped over a result is known of the usual join there, and of no other.
        and (not branch.over_result or (inside and found.trigger_rule == "none_failed_min_one_success"))
        and (found.trigger_rule == "all_done" or graph.fails_run(join))
    )
    if not fits:
        return None
    return claimed(
        Merge,
        graph,
        brancher=brancher,
        arms=arms,
        join=join,
        mapped_arm=mapped_arm,
        needs_every_arm=every,
        runs_without_arm=found.trigger_rule in ("none_failed", "all_done"),
        runs_after_failure=found.trigger_rule == "all_done",
        mapped=mapped,
        mapped_join=inside,
        over_result=branch.over_result,
    )


def fan_in(graph: RuledGraph) -> Iterator[Found]:
    """A task that needs all of those directly before it. What it does with what they return, its own code knows."""
    for join in graph.tasks.values():
        before = [graph[task] for task in join.upstream]
        fine = all(graph.plays(task.task_id) and not (task.kind or task.mapped) for task in (join, *before))
        if len(before) > 1 and fine and join.trigger_rule == "all_success" and not graph.dag.fail_fast:
            claim = claimed(FanIn, graph, join=join.task_id, upstreams=join.upstream)
            yield Found(claim, f"{join.task_id} waits for {some(join.upstream)}, and needs them all", RUNS_CODE)


def unwatched(graph: RuledGraph) -> Iterator[Found]:
    """A task at the end of the DAG that runs although tasks before it failed, so that nothing tells of the failure."""
    for last in (task.task_id for task in graph.dag.tasks if not graph.downstream(task.task_id) and not task.mapped):
        before = graph.all_upstream(last)
        watched = tuple(
            task
            for task in graph.tasks
            if task in before and graph.plays(task) and graph.together([task, last]) and graph.hides(task)
        )
        if watched and last in graph.reached and not graph[last].teardown and not graph.dag.fail_fast:
            failed = some(watched, "or")
            why = f"the run succeeds although {failed} failed, unless the code of a task downstream of it raises"
            claim = claimed(Watcher, graph, last=last, watched=watched, over_result=graph[last].over_result)
            yield Found(claim, why)


def watched(graph: RuledGraph) -> Iterator[Found]:
    """A task that fails when another one has failed. Whether it raises, its own code knows."""
    for watcher in graph.tasks.values():
        if watcher.trigger_rule != "one_failed" or graph.downstream(watcher.task_id):
            continue
        others = [task for task in graph.tasks if task in watcher.upstream]
        lasts = [task for task in others if graph[task].trigger_rule in WHATEVER_HAPPENS]
        tasks = tuple(task for task in others if task not in lasts)
        if len(lasts) == 1 and tasks and graph.together([*others, watcher.task_id]) and all(map(graph.plays, tasks)):
            claim = claimed(
                Watcher,
                graph,
                last=lasts[0],
                watcher=watcher.task_id,
                watched=tasks,
                retried=next((task for task in tasks if graph[task].retries), None),
                over_result=watcher.over_result,
            )
            why = f"{watcher.task_id} has the rule one_failed and is the last; {lasts[0]} runs whatever happened"
            yield Found(claim, why, RUNS_CODE)
