"""The patterns about tasks that fail among others, as seen in a DAG."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.discovery.flow import TEN_MINUTES, chains
from conformance.discovery.found import Found, claimed, length, some
from conformance.discovery.ruled_graph import RuledGraph
from conformance.folder.summary import TaskSummary
from conformance.patterns.chain_failure import ChainFailure
from conformance.patterns.parallel_failure import ParallelFailure
from conformance.patterns.setup_teardown import SetupTeardown

AN_HOUR = 3600


def parallel_failure(graph: RuledGraph) -> Iterator[Found]:
    """Tasks that wait for the same, and joins downstream of all of them that take a failure differently."""
    for siblings in dict.fromkeys(task.upstream for task in graph.tasks.values()):
        joins = _joins(graph, siblings)
        different = {"one_success", "all_done"} & set(joins)
        if not different or graph.dag.fail_fast or not _are_siblings(graph, siblings, TEN_MINUTES):
            continue
        claim = claimed(
            ParallelFailure,
            graph,
            siblings=siblings,
            needs_all=joins.get("all_success"),
            needs_one=joins.get("one_success"),
            always=joins.get("all_done"),
        )
        rules = ", ".join(f"{join} ({rule})" for rule, join in joins.items())
        yield Found(claim, f"{some(siblings)} are side by side, and downstream of them all: {rules}")


def _joins(graph: RuledGraph, siblings: tuple[str, ...]) -> dict[str, str]:
    """By its rule, a task downstream of exactly these."""
    joins: dict[str, str] = {}
    for task in graph.tasks.values():
        beside = siblings and graph.together([task.task_id, *siblings])
        if task.upstream == siblings and beside and task.trigger_rule in ("all_success", "one_success", "all_done"):
            joins.setdefault(task.trigger_rule, task.task_id)
    return joins


def _are_siblings(graph: RuledGraph, tasks: tuple[str, ...], seconds: float) -> bool:
    before = {graph[task].upstream for task in tasks}
    chosen = any(graph[task].kind == "branch" for one in before for task in one)
    return (
        len(tasks) > 1
        and len(before) == 1
        and not chosen
        and graph.together(tasks)
        and all(graph.plays(task, seconds) and not graph[task].kind for task in tasks)
    )


def partial_failure(graph: RuledGraph) -> Iterator[Found]:
    """A mapped task, and one downstream of it that goes on with what succeeded."""
    for each in graph.tasks.values():
        several = each.expanded and not each.mapped_group and each.instances > 1
        if not several or not graph.plays(each.task_id, TEN_MINUTES) or graph.dag.fail_fast:
            continue
        for collect in (graph[task] for task in graph.downstream(each.task_id)):
            if collect.upstream == (each.task_id,) and collect.trigger_rule == "all_done" and not collect.mapped:
                claim = claimed(
                    ParallelFailure, graph, siblings=(each.task_id,), each=each.task_id, collect=collect.task_id
                )
                yield Found(
                    claim, f"{each.task_id} is mapped, and {collect.task_id} runs whatever became of it (all_done)"
                )


def fail_fast(graph: RuledGraph) -> Iterator[Found]:
    """Tasks side by side in a DAG that the first failure ends."""
    if not graph.dag.fail_fast or any(task.teardown for task in graph.dag.tasks):
        return
    by_upstream: dict[tuple[str, ...], list[TaskSummary]] = {}
    for task in graph.tasks.values():
        by_upstream.setdefault(task.upstream, []).append(task)
    for siblings in by_upstream.values():
        tasks = tuple(task.task_id for task in siblings)
        if _are_siblings(graph, tasks, AN_HOUR):
            retried = next((task.task_id for task in siblings if task.retries), None)
            claim = claimed(ParallelFailure, graph, siblings=tasks, stops=True, retried=retried)
            yield Found(
                claim, f"the DAG says fail_fast (before Airflow 3 fail_stop), and {some(tasks)} are side by side"
            )


def chain_failure(graph: RuledGraph) -> Iterator[Found]:
    """Find chains with a task downstream at which the run goes on, or in a DAG with a dagrun_timeout."""
    for tasks in () if graph.dag.fail_fast else chains(graph):
        recovery, after = _recovery(graph, tasks)
        timeout = graph.dag.run_timeout
        first = graph[tasks[0]].trying
        said = timeout and first and (first.timeout is None or first.timeout > timeout)
        if not (recovery or said) or not graph.together(tasks):
            continue
        claim = claimed(
            ChainFailure,
            graph,
            tasks=tasks,
            recovery=recovery,
            after=after,
            retries=graph[tasks[-1]].retries or None,
            run_timeout=timeout if said else None,
        )
        points = f"{recovery} downstream of them runs whatever happened (all_done)" if recovery else ""
        ends = f"a run ends after {length(timeout)}" if said and timeout else ""
        yield Found(claim, "; ".join(filter(None, ("each task waits for the one before it alone", points, ends))))


def _recovery(graph: RuledGraph, tasks: tuple[str, ...]) -> tuple[str | None, str | None]:
    """
    The task downstream of a chain that runs whatever happened, and one downstream of that, if a failure is then made up
    for.
    """
    for recovery in (graph[task] for task in graph.downstream(tasks[-1])):
        following = [task for task in graph.downstream(recovery.task_id) if graph[task].upstream == (recovery.task_id,)]
        after = next((task for task in following if graph[task].trigger_rule == "all_success"), None)
        fits = recovery.trigger_rule == "all_done" and recovery.upstream == (tasks[-1],)
        if fits and after and graph.hides(tasks[1]) and graph.together([*tasks, recovery.task_id, after]):
            return recovery.task_id, after
    return None, None


def setup_teardown(graph: RuledGraph) -> Iterator[Found]:
    """A setup, its teardown, and work of which each task is directly between the two."""
    for teardown in (task for task in graph.tasks.values() if task.teardown and not task.idle):
        setups = [task for task in teardown.upstream if graph[task].setup]
        if len(setups) != 1 or graph[setups[0]].idle or graph.dag.fail_fast:
            continue
        (setup,) = setups
        inside = graph.all_downstream(setup) & graph.all_upstream(teardown.task_id)
        between = [task for task in graph.tasks if task in inside]
        if between and all(_is_work(graph, setup, task, teardown) for task in between):
            claim = claimed(
                SetupTeardown,
                graph,
                setup=setup,
                work=tuple(between),
                teardown=teardown.task_id,
                strict=teardown.strict,
                after=_after_group(graph, teardown, between),
            )
            yield Found(claim, f"{teardown.task_id} is the teardown of {setup}, and {some(between)} in between")


def _is_work(graph: RuledGraph, setup: str, task: str, teardown: TaskSummary) -> bool:
    return (
        setup in graph[task].upstream
        and task in teardown.upstream
        and graph[task].trigger_rule == "all_success"
        and graph.plays(task, TEN_MINUTES)
        and graph.fails_run(task)
        and graph.together([setup, task, teardown.task_id])
    )


def _after_group(graph: RuledGraph, teardown: TaskSummary, work: list[str]) -> str | None:
    """A task downstream of the task group of a teardown, and so of its work but not of the teardown itself."""
    limit = teardown.trying.timeout if teardown.trying else None
    if not teardown.group or (limit is not None and limit <= TEN_MINUTES):
        return None
    for task in graph.tasks.values():
        outside = not task.task_id.startswith(f"{teardown.group}.")
        if outside and task.trigger_rule == "all_success" and set(work) == set(task.upstream) and not task.mapped:
            return task.task_id
    return None
