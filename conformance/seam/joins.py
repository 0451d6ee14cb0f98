"""
Every Airflow: what the installed one makes of joins, without simulating a run for each.

One DAG holds a join for every trigger rule, one run of it the rows of all their task instances. The states of the
upstreams are set on these rows, and then Airflow is asked: its `DagRun` what it would schedule and how the run ends,
its task instances whether their dependencies are met. Nothing is committed, and nothing here decides.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from itertools import permutations
from typing import Any, NamedTuple

from airflow.models import TaskInstance
from airflow.ti_deps.dep_context import DepContext
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState

from conformance.seam.api import SETUP, States, airflow
from conformance.seam.shared.internals import row_of_run
from conformance.seam.shared.rows import forget

TEARDOWN_RULE = "all_done_setup_success"
RUN_ID = "joins"
SOME_DAY = datetime(2024, 1, 1, tzinfo=timezone.utc)
UNFINISHED = TaskInstanceState.RUNNING
PLACES = 1, 2, 3
ELSEWHERE = "failed", "unfinished"


class Fate(NamedTuple):
    """What becomes of a join: what the scheduler does, what somebody is told who only asks, how the run ends."""

    join: str
    asked: str
    run: str


Fates = dict[tuple[str, States], Fate]
"""By trigger rule and states of the upstreams. What depends on the order of the upstreams is joined by "or"."""


def of_tasks(combinations: Iterable[States]) -> Fates:
    """Joins of every trigger rule, in every order of their upstreams, none of which is mapped."""

    def build(operator: Any) -> None:
        upstreams = [operator(task_id=f"upstream_{place}") for place in PLACES]
        for number in PLACES:
            _joins(operator, upstreams[:number], f"_{number}")

    found: dict[tuple[str, States], list[Fate]] = defaultdict(list)
    with _run("joins_of_tasks", build) as run:
        for states in combinations:
            end, upstreams = f"_{len(states)}", [f"upstream_{place}" for place in PLACES[: len(states)]]
            joins = {rule: f"{rule}{end}" for rule in airflow().trigger_rules()}
            for order in _orders(states):
                run.put(upstreams, order)
                for rule, fate in zip(joins, run.fates([*joins.values()]), strict=True):
                    found[rule, states].append(fate)
    return {key: _same(fates) for key, fates in found.items()}


def of_setups(combinations: Iterable[States]) -> Fates:
    """Teardowns, in every order of their setups and of the other tasks before them."""

    def build(operator: Any) -> None:
        setups = [operator(task_id=f"setup_{place}").as_setup() for place in PLACES]
        others = [operator(task_id=f"other_{place}") for place in PLACES]
        for number in PLACES:
            for more in range(max(PLACES) - number + 1):
                teardown = operator(task_id=f"teardown_{number}_{more}").as_teardown(setups=setups[:number])
                others[:more] >> teardown

    found = {}
    with _run("teardowns_of_setups", build) as run:
        for states in combinations:
            number = sum(state.startswith(SETUP) for state in states)
            more = len(states) - number
            upstreams = [f"setup_{place}" for place in PLACES[:number]] + [f"other_{place}" for place in PLACES[:more]]
            fates = []
            for order in _orders(states):
                run.put(upstreams, order)
                fates += run.fates([f"teardown_{number}_{more}"])
            found[TEARDOWN_RULE, states] = _same(fates)
    return found


def of_instances(combinations: Iterable[States]) -> dict[tuple[str, States], str]:
    """
    What the scheduler does with joins of every trigger rule whose upstreams are instances of a mapped task.

    All of them are, or all but one; and what was mapped over nothing counts as Airflow says.
    """

    def build(operator: Any) -> None:
        task = operator(task_id="task")
        for number in (0, *PLACES):
            mapped = _mapped(operator, number, task_id=f"mapped_{number}")
            _joins(operator, [mapped], f"_{number}")
            _joins(operator, [task, mapped], f"_1_{number}")

    found: dict[tuple[str, States], list[str]] = defaultdict(list)
    with _run("joins_of_instances", build) as run:
        run.put(["mapped_0"], ["none"])
        (nothing,) = run.decide(["mapped_0"])
        for states in combinations:
            number = len(states)
            shapes = {f"_{number}": [f"mapped_{number}"], f"_1_{number - 1}": ["task", f"mapped_{number - 1}"]}
            if states == (nothing,):
                shapes["_0"] = ["mapped_0"]
            elif number == 1:
                del shapes["_1_0"]
            for end, upstreams in shapes.items():
                run.put(upstreams, [*states, nothing] if end == "_1_0" else states)
                outcomes = run.decide([f"{rule}{end}" for rule in airflow().trigger_rules()])
                for rule, outcome in zip(airflow().trigger_rules(), outcomes, strict=True):
                    found[rule, states].append(outcome)
    return {key: _either(outcomes) for key, outcomes in found.items()}


def of_mapped(combinations: Iterable[States]) -> dict[tuple[str, States, bool], str]:
    """
    What the scheduler does with instances of mapped joins of every trigger rule, downstream of as many instances.

    The last of the key: whether the map index is not below the number of upstreams that succeeded. The instances on
    both sides of that border are looked at; if no upstream succeeded, there is no border.
    """

    def build(operator: Any) -> None:
        for number in PLACES:
            mapped = _mapped(operator, number, task_id=f"mapped_{number}")
            for rule in airflow().trigger_rules():
                mapped >> _mapped(operator, number + 1, task_id=f"{rule}_{number}", trigger_rule=rule)

    found = {}
    with _run("mapped_joins", build) as run:
        for states in combinations:
            joins = {rule: f"{rule}_{len(states)}" for rule in airflow().trigger_rules()}
            border = states.count("success")
            run.put([f"mapped_{len(states)}"], states)
            for index, surplus in (max(border - 1, 0), False), (border, True):
                for rule, outcome in zip(joins, run.decide([*joins.values()], index), strict=True):
                    found[rule, states, surplus] = outcome
    return found


def of_groups(combinations: Iterable[States]) -> dict[tuple[str, States], str]:
    """
    What the scheduler does with joins of every trigger rule in one instance of a mapped task group.

    Whatever becomes of the other instance; what depends on that is joined by "or". Behind one upstream, joins in a
    group within that group are looked at, too: more of them would take long.
    """

    def build(operator: Any) -> None:
        def fill() -> None:
            upstreams = [operator(task_id=f"upstream_{place}") for place in PLACES]
            for number in PLACES:
                _joins(operator, upstreams[:number], f"_{number}")

        @airflow().task_group
        def group(item: int) -> None:
            fill()
            airflow().task_group(group_id="inner")(fill)()

        group.expand(item=[0, 1])

    found: dict[tuple[str, States], list[str]] = defaultdict(list)
    with _run("joins_of_groups", build) as run:
        for states in combinations:
            for inside in ("group", "group.inner")[: 2 if len(states) == 1 else 1]:
                upstreams = [f"{inside}.upstream_{place}" for place in PLACES[: len(states)]]
                joins = {rule: f"{inside}.{rule}_{len(states)}" for rule in airflow().trigger_rules()}
                for other in ELSEWHERE:
                    run.put(upstreams, [state for own in states for state in (own, other)])
                    for rule, outcome in zip(joins, run.decide([*joins.values()], 0), strict=True):
                        found[rule, states].append(outcome)
    return {key: _either(outcomes) for key, outcomes in found.items()}


class Joins:
    """The run of a DAG of joins, of which Airflow is shown some at a time."""

    def __init__(self, session: Any, dag: Any) -> None:
        self._session = session
        self._run = row_of_run(session, dag.dag_id, RUN_ID)
        self._run.dag = dag
        self._run._revise_map_indexes_if_mapped = _nothing_new  # mapped tasks keep their lengths; to ask takes long
        self._instances: dict[str, list[Any]] = defaultdict(list)
        self._upstreams: list[Any] = []
        self._ends: dict[Any, str] = {}
        for ti in session.query(TaskInstance).filter_by(dag_id=dag.dag_id).order_by(TaskInstance.map_index):
            ti.task = dag.get_task(ti.task_id)
            ti.xcom_pull = _nothing  # 2.10 and 2.11 look for what each upstream, were it a branch, has pushed
            self._instances[ti.task_id].append(ti)

    def put(self, tasks: list[str], states: Sequence[str]) -> None:
        """Put the instances of these tasks in these states; the next questions are about what is downstream of them."""
        self._upstreams = [ti for task in tasks for ti in self._instances[task]]
        for ti, state in zip(self._upstreams, states, strict=True):
            bare = state.removeprefix(SETUP)
            ti.state = {"unfinished": UNFINISHED, "none": None}.get(bare, bare)

    def decide(self, joins: list[str], index: int | None = None) -> list[str]:
        """
        What the scheduler does with each of these joins now: run, wait, or the state that it puts it in.

        Of mapped joins, one instance each is asked about.
        """
        below = self._fresh(joins, index)
        self._show([*self._upstreams, *(ti for ti in below if ti not in self._upstreams)])
        ready = self._run.task_instance_scheduling_decisions(session=self._session).schedulable_tis
        return [str(ti.state or ("run" if ti in ready else "wait")) for ti in below]

    def ask(self, joins: list[str]) -> list[str]:
        """Whether each of these joins could run, which decides nothing: run or wait."""
        context = DepContext(finished_tis=[ti for ti in self._upstreams if ti.state != UNFINISHED])
        met = [ti.are_dependencies_met(dep_context=context, session=self._session) for ti in self._fresh(joins)]
        return ["run" if could else "wait" for could in met]

    def end(self, join: str, outcome: str) -> str:
        """How the run ends in which there is no other join, and that one has come to `outcome`."""
        # The end of a run has nothing to do with the order of the upstreams.
        key = join, outcome, tuple(sorted((ti.task.is_setup, ti.state) for ti in self._upstreams))
        if key not in self._ends:
            (ti,) = self._instances[join]
            ti.state = {"run": TaskInstanceState.SUCCESS, "wait": None}.get(outcome, outcome)
            self._show([*self._upstreams, ti])
            self._run.state = DagRunState.RUNNING
            self._run.update_state(session=self._session, execute_callbacks=False)
            self._ends[key] = str(self._run.state)
        return self._ends[key]

    def fates(self, joins: list[str]) -> list[Fate]:
        """What becomes of each of these joins."""
        asked, decided = self.ask(joins), self.decide(joins)
        answers = zip(joins, decided, asked, strict=True)
        return [Fate(outcome, answer, self.end(join, outcome)) for join, outcome, answer in answers]

    def _fresh(self, joins: list[str], index: int | None = None) -> list[Any]:
        """The instances of joins, all or one of each, as if nobody had looked at them yet."""
        found = [ti for join in joins for ti in self._instances[join] if index in (None, ti.map_index)]
        for ti in found:
            ti.state = None
        return found

    def _show(self, instances: list[Any]) -> None:
        """Let these be all the task instances of the run."""
        self._run.get_task_instances = lambda *args, **kwargs: instances


def _joins(operator: Any, upstreams: list[Any], end: str) -> None:
    """A join for each trigger rule."""
    for rule in airflow().trigger_rules():
        upstreams >> operator(task_id=f"{rule}{end}", trigger_rule=rule)


def _mapped(operator: Any, number: int, **kwargs: Any) -> Any:
    """A task that is mapped over so many items."""

    class Mapped(operator):
        def __init__(self, *, item: int = 0, **kwargs: Any) -> None:
            super().__init__(**kwargs)

    return Mapped.partial(**kwargs).expand(item=list(range(number)))


@contextmanager
def _run(dag_id: str, build: Callable[[Any], None]) -> Iterator[Joins]:
    """A run of the DAG that `build` fills, in a transaction that is never committed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rules that have another name by now
        with airflow().DAG(dag_id, start_date=SOME_DAY, schedule=None) as dag:
            build(airflow().BaseOperator)
        dag = airflow().register(dag)
    airflow().create_run(dag, RUN_ID, SOME_DAY, None)
    try:
        with create_session() as session, session.no_autoflush:
            session.flush = lambda *args, **kwargs: None  # Airflow writes down what it decides; nobody would read it
            try:
                yield Joins(session, dag)
            finally:
                del session.flush
                session.rollback()
    finally:
        forget()


def _nothing_new(*args: Any, **kwargs: Any) -> tuple[()]:
    """No mapped task has new instances."""
    return ()


def _nothing(*args: Any, **kwargs: Any) -> None:
    """No task of the run has pushed anything."""


def _orders(states: States) -> list[States]:
    """Every order of states, each once; setups stay before the others."""
    setups = sum(state.startswith(SETUP) for state in states)
    return [order for order in dict.fromkeys(permutations(states)) if _first_are_setups(order, setups)]


def _first_are_setups(states: States, number: int) -> bool:
    return all(state.startswith(SETUP) for state in states[:number])


def _same(fates: list[Fate]) -> Fate:
    return Fate(*(_either(column) for column in zip(*fates, strict=True)))


def _either(outcomes: Iterable[str]) -> str:
    return " or ".join(sorted(set(outcomes)))
