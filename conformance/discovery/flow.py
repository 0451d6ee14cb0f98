"""The patterns about the order of tasks, as seen in a DAG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.discovery.found import Found, claimed, some
from conformance.discovery.ruled_graph import RuledGraph
from conformance.folder.summary import TaskSummary
from conformance.patterns.branch import Branch
from conformance.patterns.parallel import Parallel
from conformance.patterns.serial import Serial
from conformance.patterns.single_task import SingleTask

TEN_MINUTES = 600
"""For how long the cases let a task run that is to run beside others."""


def single_task(graph: RuledGraph) -> Iterator[Found]:
    """A DAG of one task that is tried once and returns something."""
    (first, *others) = graph.tasks.values() or (None,)
    if first is None or others or not graph.plays(first.task_id):
        return
    if first.returns and not (first.kind or first.retries):
        yield Found(claimed(SingleTask, graph, task=first.task_id), "it has one task, without retries")


def serial(graph: RuledGraph) -> Iterator[Found]:
    """Tasks of which each waits for the one before it and for nothing else: the whole DAG, or three at least."""
    if graph.dag.fail_fast:
        return
    for tasks in chains(graph):
        fine = all(graph.fails_run(task) and graph.plays(task, TEN_MINUTES) for task in tasks)
        long = len(tasks) > 2 or len(tasks) == len(graph.tasks)
        if fine and long:
            first = graph[tasks[0]]
            why = "each task waits for the one before it alone, and no rule hides a failure"
            claim = claimed(Serial, graph, tasks=tasks, mapped=bool(first.mapped_group), over_result=first.over_result)
            yield Found(claim, why)


def chains(graph: RuledGraph) -> Iterator[tuple[str, ...]]:
    """
    Two tasks or more from each beginning of the DAG, or of a mapped task group, up to where it forks, joins or has
    another rule.
    """
    for first in (task.task_id for task in graph.dag.tasks if _begins(graph, task)):
        tasks = [first]
        while (following := graph.downstream(tasks[-1])) and _goes_on(graph, tasks[-1], following):
            tasks += following
        if len(tasks) > 1 and graph.alike(tasks) and all(map(graph.plays, tasks)):
            yield tuple(tasks)


def _begins(graph: RuledGraph, task: TaskSummary) -> bool:
    inside = [before for before in task.upstream if graph[before].mapped_group == task.mapped_group]
    return not (inside if task.mapped_group else task.upstream)


def _goes_on(graph: RuledGraph, last: str, following: tuple[str, ...]) -> bool:
    (task, *others) = [graph[name] for name in following]
    return not others and task.upstream == (last,) and task.trigger_rule == "all_success" and graph.plays(task.task_id)


def parallel(graph: RuledGraph) -> Iterator[Found]:
    """Tasks at the end of the DAG that wait for the same; the arms of a branch are alternatives, not siblings."""
    last = [task for task in graph.dag.tasks if not (graph.downstream(task.task_id) or task.kind)]
    for before, siblings in _siblings(task for task in last if task.trigger_rule == "all_success"):
        tasks = tuple(task.task_id for task in siblings if graph.plays(task.task_id, TEN_MINUTES))
        branched = any(graph[task].kind == "branch" or graph[task].setup for task in before)
        fits = graph.alike(tasks) and sum(graph[task].instances for task in tasks) <= graph.dag.slots
        if len(tasks) > 1 and fits and not branched and not graph.dag.fail_fast:
            waits = f"wait for {some(before)} alone" if before else "wait for nothing"
            why = f"these tasks {waits}, and nothing waits for them"
            yield Found(claimed(Parallel, graph, tasks=tasks), why)


def _siblings(tasks: Iterable[TaskSummary]) -> Iterator[tuple[tuple[str, ...], list[TaskSummary]]]:
    """Tasks that wait for the same and are mapped in the same way, and what they wait for."""
    found: dict[tuple[tuple[str, ...], str, bool], list[TaskSummary]] = {}
    for task in tasks:
        found.setdefault((task.upstream, task.mapped_group, task.expanded), []).append(task)
    for (before, *_), siblings in found.items():
        yield before, siblings


def branch(graph: RuledGraph) -> Iterator[Found]:
    """A branch with two arms at least."""
    for brancher, arms in branches(graph):
        group = _group(graph, brancher)
        outside = tuple(arm for arm in arms if not (group and arm.startswith(f"{group}.")))
        arms = outside if len(outside) > 1 else arms
        shared, first = _shared(graph, brancher, arms)
        claim = claimed(
            Branch,
            graph,
            brancher=brancher,
            arms=tuple(sorted(arms, key=lambda arm: arm != first)),
            mapped_arm=any(graph[arm].expanded for arm in arms),
            group=group,
            shared=shared,
            mapped=bool(graph[brancher].mapped_group),
            over_result=graph[brancher].over_result,
        )
        yield Found(claim, f"{brancher} chooses among the tasks directly downstream of it, such as {some(claim.arms)}")


def branches(graph: RuledGraph) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each branch with its arms: those directly downstream of it that are not also downstream of another of them."""
    for brancher in (task.task_id for task in graph.dag.tasks if task.kind == "branch"):
        choices = [task for task in graph.downstream(brancher) if _can_be_chosen(graph, brancher, task)]
        later = set().union(*map(graph.all_downstream, graph.downstream(brancher)))
        arms = tuple(task for task in choices if task not in later)
        if len(arms) > 1 and graph.plays(brancher) and graph.together([brancher]) and not graph.dag.fail_fast:
            yield brancher, arms


def _can_be_chosen(graph: RuledGraph, brancher: str, arm: str) -> bool:
    found, branch = graph[arm], graph[brancher]
    mapped_arm = found.expanded and not branch.mapped and found.instances > 1
    return (
        arm in graph.reached
        and found.mapped_group == branch.mapped_group
        and (not found.expanded or mapped_arm)
        and found.trigger_rule == "all_success"
        and not (found.setup or found.teardown)
    )


def _group(graph: RuledGraph, brancher: str) -> str | None:
    """A task group that begins directly downstream of a branch and waits for nothing else."""
    for group in dict.fromkeys(graph[arm].group for arm in graph.downstream(brancher)):
        inside = [task for task in graph.tasks.values() if group and task.task_id.startswith(f"{group}.")]
        names = {task.task_id for task in inside}
        fine = brancher not in names and all(
            task.upstream == (brancher,) or (task.upstream and set(task.upstream) <= names) for task in inside
        )
        usual = all(t.trigger_rule == "all_success" and not (t.mapped or t.setup or t.teardown) for t in inside)
        if inside and fine and usual and names <= graph.reached and not any(t.kind for t in inside):
            return group
    return None


def _shared(graph: RuledGraph, brancher: str, arms: tuple[str, ...]) -> tuple[str | None, str | None]:
    """A task directly downstream of both a branch and exactly one arm, and that arm."""
    for task in graph.downstream(brancher):
        leading = [arm for arm in arms if task in graph.all_downstream(arm)]
        fits = graph[task].trigger_rule == "all_success" and graph.together([brancher, task])
        if fits and len(leading) == 1 and set(graph[task].upstream) == {brancher, *leading}:
            return task, leading[0]
    return None, None


def short_circuit(graph: RuledGraph) -> Iterator[Found]:
    """A short circuit with something downstream of it."""
    for gate in (task.task_id for task in graph.dag.tasks if task.kind == "short-circuit"):
        next_tasks = _guardable(graph, gate, graph.downstream(gate))
        if not next_tasks or not graph.plays(gate) or not graph.together([gate]):
            continue
        hard = graph[gate].hard
        further = [task for task in graph.tasks if task in graph.all_downstream(gate) and task not in next_tasks]
        rest = _guardable(graph, gate, further) if hard else []
        mapped = bool(graph[gate].mapped_group)
        later = None if hard else _later(graph, gate, next_tasks)
        if mapped and not later and not any(graph[task].trigger_rule != "all_success" for task in rest):
            continue
        claim = claimed(
            Branch,
            graph,
            gate=gate,
            guarded=(*next_tasks, *rest),
            later=later,
            mapped=mapped,
            over_result=graph[gate].over_result,
        )
        what = "everything downstream of it" if hard else "what is directly downstream of it"
        yield Found(claim, f"{gate} is a short circuit: when its condition is false, {what} is skipped")


def _guardable(graph: RuledGraph, gate: str, tasks: Iterable[str]) -> list[str]:
    """Those that are where the gate is: a gate does not skip what is mapped on its own before there are instances."""
    return [task for task in tasks if graph.together([gate, task]) and not (graph[task].setup or graph[task].teardown)]


def _later(graph: RuledGraph, gate: str, skipped: list[str]) -> str | None:
    """A task where the gate is that runs although all directly before it was skipped."""
    for task in graph.tasks.values():
        runs = task.trigger_rule in ("all_done", "always", "none_failed") and graph.together([gate, task.task_id])
        if runs and task.upstream and set(task.upstream) <= set(skipped):
            return task.task_id
    return None
