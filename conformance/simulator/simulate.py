"""The public entry of the simulator, and what it does once per process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any, Literal

from conformance.errors import UserError
from conformance.folder import lookups
from conformance.paths import stay
from conformance.sandbox import refused
from conformance.sandbox.process_end import no_thread_outlives_us
from conformance.seam.api import Dag, Hooks, RunKey, ScheduledDag, XcomBackend, airflow
from conformance.seam.keep_latest import Latest
from conformance.simulator import signals
from conformance.simulator import task_switcher as hubs
from conformance.simulator.aws import mocked_aws
from conformance.simulator.clock import EPOCH, standing
from conformance.simulator.idle_tasks import idle_tasks
from conformance.simulator.resumable_starts import Beginning, Beginnings, TakenUp
from conformance.simulator.run import SimulatedRun
from conformance.simulator.scenario import Word
from conformance.simulator.scenario_check import refuse_unless_there, refuse_unless_tried
from conformance.simulator.simulated_year import moved, moved_along
from conformance.simulator.simulation import Simulation, current

_prepared = False
_registered: Latest[str, tuple[Dag, ScheduledDag]] = Latest()
_beginnings = Beginnings()


def simulate(
    dag: Dag,
    *scenario: Word,
    at: datetime = EPOCH,
    until: datetime | None = None,
    runs: int | None = None,
    conf: dict[str, Any] | None = None,
    run_id: str | None = None,
    execute: bool = False,
    xcom_backend: XcomBackend | None = None,
    clear: str | None = None,
    others_empty: bool = False,
    beside: tuple[Word, ...] | None = None,
    depth: Literal["run", "scheduler"] = "run",
) -> SimulatedRun:
    """
    Simulate one manual run of a DAG and return what happened.

    `dag` is a parsed DAG object; `at` the instant the run starts (timezone-aware), of which its id is made unless a
    `run_id` is given. It is moved by weeks if the DAG begins later, or has ended before (see `dates`). With
    `execute=True` the tasks that the scenario does not speak of run their own code. The metadata database must be a
    throwaway one (see `conformance.sandbox`).

    With `xcom_backend` another XCom backend than Airflow's default is switched on.

    When the run has ended, a person clears the task `clear` with all that is downstream of it, once, and the run goes
    on.

    With `others_empty` Airflow takes the tasks that the scenario does not speak of for EmptyOperators, which it makes a
    success without a worker: several times faster. Tasks that have something to say to others are left as they are.

    With `beside` another run of the DAG is going on, a microsecond older, in which these words hold; it is in `others`.
    Both are then of the kind that the DAG has of itself: scheduled, or manual if it has no schedule.

    With `until` (timezone-aware, too) there is no manual run: the DAG is turned on at `at`, and the scheduler creates
    the runs of its schedule that are due up to `until`: with `runs` at most so many, however far back they reach. The
    first of them is returned, with the rest in `others`. Raises UserError if there is none, if there are more than can
    be simulated, or at depth "run", which has no scheduler. Raises UserError, too, for a word of what is not there, and
    NotSimulated if a sensor cannot wait as the scenario says.
    """
    if until is not None and depth != "scheduler":
        raise UserError('simulate(until=…) needs depth="scheduler": only the scheduler creates scheduled runs.')
    if runs is not None and (until is None or runs < 1):
        raise UserError("simulate(runs=…) limits the scheduled runs: give 1 or more, together with until=….")
    if until is None:
        at = moved(dag, at)
    else:
        at, until = moved_along(dag, at, until)
    prepare()
    refuse_unless_there(dag, (*scenario, *(beside or ())), clear)
    scheduled_dag = _register(dag)
    own_code = execute or any("own_code" in word.says for word in scenario)
    backend = nullcontext() if xcom_backend is None else airflow().xcom_backend(xcom_backend)
    around = _around_own_code if own_code else _around_played
    with standing(at) as clock, signals.left_as_they_are(), around() as refusals, backend:
        simulation = Simulation(dag, scheduled_dag, scenario, clock, execute, beside)
        if until is not None:
            return _with(refusals, _tried(simulation.scheduled_runs(until, runs), scenario))
        idle = idle_tasks(dag, (*scenario, *(beside or ()))) if others_empty else ()
        kind = "manual" if beside is None or _is_for_people(scheduled_dag) else "scheduled"
        run_id = run_id or f"{kind}__{clock.now.isoformat()}"
        beginning = Beginning(scheduled_dag, run_id, conf)
        if depth == "run" and conf is None and beside is None:
            moments = _beginnings.of(scheduled_dag, run_id, clock.now)
            beginning = TakenUp(scheduled_dag, run_id, {*dag.task_dict}.difference(idle), moments)
        with airflow().taken_for_empty(scheduled_dag, idle):
            return _with(refusals, _tried(simulation.manual_run(depth, conf, run_id, clear, beginning), scenario))


Refusals = list[tuple[Any, str]]
"""What was refused, and what ran then: a task instance, or something else."""


@contextmanager
def _around_own_code() -> Iterator[Refusals]:
    heard: Refusals = []
    listening = refused.listening(lambda what: heard.append((hubs.at_work(), what)))
    with mocked_aws(), lookups.in_vain(), listening, stay(), no_thread_outlives_us():
        yield heard


@contextmanager
def _around_played() -> Iterator[Refusals]:
    with stay(), no_thread_outlives_us():  # a sensor that defers runs code of its own
        yield []


def _with(refusals: Refusals, run: SimulatedRun) -> SimulatedRun:
    """The run, told what was refused to the tasks of each run; a trigger belongs to no task, and to the first run."""
    runs = {each.run_id: each for each in (*reversed(run.others), run)}
    for by, what in refusals:
        key = by.key if isinstance(by, RunKey) else None
        told = runs.get(getattr(by, "run_id", ""), run).refused.setdefault(key, [])
        if what not in told:
            told.append(what)
    return run


def retry_waits(dag: Dag, task: str) -> list[float]:
    """The seconds that Airflow waits before each retry of a task that fails at once in every try: asked, not played."""
    prepare()
    return airflow().retry_waits(_register(dag), task, moved(dag, EPOCH))


def next_run(dag: Dag, at: datetime) -> datetime | None:
    """When Airflow creates the first run of a DAG that is turned on at `at`, if ever: asked, not played."""
    prepare()
    scheduled_dag = _register(dag)
    with standing(moved(dag, at)):
        return airflow().Scheduler(scheduled_dag, schedules=True).next_creation()


def is_about_params(error: Exception) -> bool:
    """Whether an error of Airflow's says that a run lacks a value for a param, or has one that does not fit."""
    # A public name, in another module in each line; 3.2 turns it into a ValueError.
    return type(error).__name__ == "ParamValidationError" or str(error).startswith("Invalid input for param")


def why_refused(dag: Dag, conf: dict[str, Any]) -> str:
    """Why Airflow creates no run with a conf, for want of a value or for one that does not fit; empty if it does."""
    prepare()
    scheduled_dag = _register(dag)
    with standing(moved(dag, EPOCH)) as clock:
        try:
            airflow().create_run(scheduled_dag, f"manual__{clock.now.isoformat()}", clock.now, conf)
        except Exception as error:
            if not is_about_params(error):
                raise
            return str(error)
        finally:
            airflow().forget()
    return ""


def _is_for_people(scheduled_dag: ScheduledDag) -> bool:
    """Whether a DAG has no schedule, so that every run of it is a manual one."""
    return any(kind.__name__ == "NullTimetable" for kind in type(scheduled_dag.timetable).__mro__)


def _tried(run: SimulatedRun, words: tuple[Word, ...]) -> SimulatedRun:
    refuse_unless_tried(words, [run, *run.others])
    return run


def prepare() -> None:
    """Do what is done once per process, which takes a while; the first simulation does it if nobody has before."""
    global _prepared
    if not _prepared:
        airflow().prepare(Hooks(_play, _renders, _converts, _deadline))
        # Airflow and its API are objects that stay: the garbage collector need not go through them again and again.
        gc.freeze()
        _prepared = True


def _play(operator: Any, context: Any) -> None:
    if simulation := current():
        simulation.player(context["ti"].run_id).play(operator, context)


def _renders(context: Any) -> bool:
    simulation = current()
    return simulation is None or simulation.player(context["ti"].run_id).renders(context)


def _converts(context: Any, tasks: Collection[str]) -> Callable[[Any], Any] | None:
    ti, simulation = context["ti"], current()
    return simulation.player(ti.run_id).converts(ti.task_id, tasks) if simulation else None


def _deadline(seconds: float, error: BaseException) -> Any:
    hub = hubs.active()
    assert hub is not None, "a task ran outside of a simulated run"
    return hub.deadline(seconds, error)


def _register(dag: Dag) -> ScheduledDag:
    known = _registered.get(dag.dag_id)
    if known is None or known[0] is not dag:
        known = (dag, airflow().register(dag))
        _registered[dag.dag_id] = known
    return known[1]
