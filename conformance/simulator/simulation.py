"""
One simulation in progress: the loop in which Airflow decides, tasks run, and the clock jumps.

The loop is the same at both depths; `depths` says who decides. At depth "run", `DagRun.update_state` says what is
ready; at depth "scheduler", the real scheduler does, with pools, slots, limits, timeouts and schedules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from conformance.errors import UserError
from conformance.sandbox import time_limit
from conformance.seam.api import Dag, Row, RunKey, ScheduledDag, airflow
from conformance.simulator import signals
from conformance.simulator import task_switcher as hubs
from conformance.simulator.clock import NUDGE, Clock
from conformance.simulator.deciders import ByRun, ByScheduler, Depth
from conformance.simulator.items import Items
from conformance.simulator.player import Player
from conformance.simulator.resumable_starts import Beginning
from conformance.simulator.run import SimulatedRun
from conformance.simulator.run_in_progress import TrackedRun
from conformance.simulator.scenario import Word
from conformance.simulator.subprocesses import Process
from conformance.simulator.task_switcher import Hub

HORIZON = timedelta(days=400)
"""A simulation that is still waiting this long after its start (or after its `until`) is stopped."""

ROUNDS = 50
"""A task instance that is started so many times at one instant will be started for ever."""

BESIDE = "beside"
"""How the id ends of the run that goes on beside the one that is simulated; it begins alike."""

STANDSTILL = 10_000
"""So many steps of a microsecond one after another are a task that waits without letting time pass."""

_current: Simulation | None = None


def current() -> Simulation | None:
    """The simulation in progress in this process."""
    return _current


class Simulation:
    """The state of one simulation in progress: of one run, or of all runs of a stretch of a schedule."""

    def __init__(
        self,
        dag: Dag,
        scheduled_dag: ScheduledDag,
        words: tuple[Word, ...],
        clock: Clock,
        execute: bool,
        beside: tuple[Word, ...] | None,
    ) -> None:
        self._airflow = airflow()
        self._dag = dag
        self._scheduled_dag = scheduled_dag
        self._words = words
        self._beside = beside
        self._clock = clock
        self._execute = execute
        self._start = clock.now
        self._hub: Hub[RunKey | int | Process] = Hub(clock, self._airflow.take_globals, self._airflow.give_globals)
        self._items = Items(dag)
        self._runs: dict[str, TrackedRun] = {}
        self._fires: dict[int, datetime] = {}
        self._events: dict[int, Any] = {}
        self._to_run: list[int] = []
        self._nudges = 0
        self._task_ended = False
        self._beginning: Beginning | None = None
        self._depth: Depth

    def manual_run(
        self, depth: str, conf: dict[str, Any] | None, run_id: str, clear: str | None, beginning: Beginning
    ) -> SimulatedRun:
        """Create a run, drive it to its end (if a task is cleared, to the next one), read it, and remove its rows."""
        with self._in_progress():
            beside = f"{run_id.partition('__')[0]}__{BESIDE}"
            if self._beside is not None:
                self._airflow.create_run(self._scheduled_dag, beside, self._start, conf)
                self._clock.move_to(self._start + NUDGE)
            self._beginning = beginning
            if seen := beginning.create(self._clock.now):
                self._look_at_runs()
                self._runs[run_id].takes_up(seen)
            if depth == "scheduler":
                self._depth = ByScheduler(self._scheduled_dag, None)
            else:
                ids = [run_id] if self._beside is None else [beside, run_id]
                self._depth = ByRun(self._dag, self._scheduled_dag, ids)
            last = self._start + HORIZON
            if clear and self._drive(last) == "finished":
                self._airflow.clear(self._scheduled_dag, clear, waits=depth == "scheduler")
            return self._simulated(last)

    def scheduled_runs(self, until: datetime, most: int | None) -> SimulatedRun:
        """The same for the runs that the scheduler creates until an instant: the first of them, with the others."""
        with self._in_progress():
            self._clock.move_to(self._start + NUDGE)  # no scheduler is there at the very instant
            self._depth = ByScheduler(self._scheduled_dag, until, most)
            return self._simulated(max(self._start, until) + HORIZON)

    def player(self, run_id: str) -> Player:
        """Who plays the tasks of a run."""
        return self._runs[run_id].player

    @contextmanager
    def _in_progress(self) -> Iterator[None]:
        global _current
        if self._airflow.runs(self._dag.dag_id):  # somebody else's, such as `DAG.test()` leaves them
            self._airflow.forget()
        _current = self
        try:
            with hubs.nobody_sleeps(self._hub):
                yield
        finally:
            _current = None
            self._airflow.forget()

    def _simulated(self, last: datetime) -> SimulatedRun:
        end = self._drive(last)
        time_limit.check()
        results = [run.result(end) for run in self._runs.values()]
        if not results:
            raise UserError(
                f"DAG '{self._dag.dag_id}' has no scheduled run in the simulated time, which starts at {self._start}: "
                "give it a schedule and a start_date, or simulate until later."
            )
        chosen = results.pop(0 if self._beside is None else 1)
        chosen.others = results
        return chosen

    def _drive(self, last: datetime) -> str:
        """Let simulated time pass until every run has ended, or nothing can happen any more: which of these."""
        while True:
            stopped = self._settle()
            self._beginning = None
            if self._over():
                return "finished"
            stopped = stopped or self._pass_time(last)
            if stopped:
                return stopped

    def _settle(self) -> str | None:
        """Let Airflow decide, and start what became ready, until nothing changes at this instant; why it never ends."""
        started: Counter[RunKey] = Counter()
        while True:
            called = self._depth.decide()
            changed = self._look_at_runs()
            for run_id, name in called:
                if getattr(self._dag, name):  # a run that timed out is reported to a DAG without callbacks, too
                    self.player(run_id).notes.callback(None, name)
            news = self._look()
            self._stop_ended()
            if self._start_triggers():  # one that fires at once has changed what was just looked at
                continue
            ready = self._depth.ready(self._runs.values())
            for key in ready:
                self._start_task(key)
                started[key] += 1
                if started[key] > ROUNDS:
                    return f"going round in circles: {key.key} is started again and again at one instant"
            if ready:
                self._beginning = None
                self._look()
            elif self._over() or not (news or changed or self._depth.goes_on()):
                return None
            elif self._beginning:
                self._beginning.passed(news)

    def _over(self) -> bool:
        return not self._running() and all(r.ended for r in self._runs.values()) and not self._depth.more_to_come()

    def _running(self) -> list[RunKey | int]:
        """What runs for Airflow: tasks and triggers, and no script that a task has started."""
        return [key for key in self._hub.running if not isinstance(key, Process)]

    def _pass_time(self, last: datetime) -> str | None:
        """Move to where Airflow has something to decide; why that cannot be, if it cannot."""
        decision = self._next_decision()
        reached = self._task_ended = False
        while not (reached or self._task_ended):
            instant = min((i for i in (decision, self._hub.next_wake()) if i), default=None)
            if instant is None:
                return f"deadlock: nothing can happen any more to {self._waiting()}"
            if instant > last:
                return f"still waiting after {HORIZON.days} simulated days for {self._waiting()}"
            self._nudges = 0 if instant > self._clock.now else self._nudges + 1
            if self._nudges > STANDSTILL:
                return f"time stands still for {self._waiting()}"
            self._clock.move_to(max(instant, self._clock.now + NUDGE))
            reached = decision is not None and decision <= self._clock.now
            if reached:
                self._fire()
            self._hub.resume_due()
        return None

    def _next_decision(self) -> datetime | None:
        """When Airflow has something to decide next; what has passed without a decision is not waited for again."""
        runs = self._runs.values()
        instants = [*self._airflow.due(self._scheduled_dag), *self._fires.values(), *self._depth.due(runs)]
        return min((instant for instant in instants if instant >= self._clock.now), default=None)

    def _fire(self) -> None:
        """Triggers that fire now, and timeouts of deferrals."""
        for trigger_id in [t for t, instant in self._fires.items() if instant <= self._clock.now]:
            del self._fires[trigger_id]
            self._airflow.end_trigger(trigger_id, self._events.pop(trigger_id))
        if any(row.state == "deferred" for run in self._runs.values() for row in run.rows.values()):
            self._airflow.time_out_triggers()

    def _start_task(self, key: RunKey) -> None:
        if self._row(key).state in ("scheduled", "queued"):  # a task that failed just now may have ended it
            self._hub.start(key, lambda: self._work(key))
        else:
            self._depth.ended(key, self._row(key).state)

    def _work(self, key: RunKey) -> None:
        """The life of one task instance on its worker; what it raises is on record, in the database and the notes."""
        run = self._runs[key.run_id]
        run.task_starts(key.key)
        try:
            self._airflow.execute(self._dag, self._scheduled_dag, key.run_id, key.key)
        except time_limit.OutOfTime:
            raise
        except BaseException as error:  # the code of a task may raise anything; its timeout is no Exception since 2.8
            if isinstance(error, KeyboardInterrupt) and signals.interrupted():
                raise
            run.player.notes.errors.setdefault(key.key, f"{type(error).__name__}: {error}")
        finally:
            self._end_task(key)

    def _end_task(self, key: RunKey) -> None:
        run = self._runs[key.run_id]
        if run.at_work(key.key):
            self._look(run)
            run.task_ends(key.key)
            self._depth.ended(key, run.rows[key.key].state)
            self._task_ended = True

    def _stop_ended(self) -> None:
        """Stop the tasks that Airflow ended while they ran, as their supervisor would at its next heartbeat."""
        for key in self._running():
            if isinstance(key, int):
                if key not in self._awaited():
                    self._hub.stop(key)
            elif self._row(key).state in ("failed", "skipped"):
                self._hub.stop(key)
                self._end_task(key)

    def _awaited(self) -> set[int | None]:
        """The triggers that deferred task instances wait for."""
        rows = [row for run in self._runs.values() for row in run.rows.values()]
        return {row.trigger_id for row in rows if row.state == "deferred"}

    def _start_triggers(self) -> bool:
        """Run the triggers of the tasks that ran their own code and deferred; whether one has ended already."""
        started = set(self._to_run)
        while self._to_run:
            trigger_id = self._to_run.pop(0)
            self._hub.start(trigger_id, partial(self._run_trigger, trigger_id))
        return not started <= set(self._hub.running)

    def _run_trigger(self, trigger_id: int) -> None:
        from conformance.simulator.trigger_loop import first_event

        event = first_event(trigger_id, self._clock, self._hub)
        self._airflow.end_trigger(trigger_id, event)
        self._task_ended = True

    def _look_at_runs(self) -> bool:
        """Read the runs; whether any has changed."""
        changed = False
        for row in self._airflow.runs(self._dag.dag_id):
            run = self._runs.get(row.run_id)
            if run is None:
                words = self._beside or () if row.run_id.endswith(f"__{BESIDE}") else self._words
                player = Player(words, self._execute, self._clock, self._hub, self._items)
                self._runs[row.run_id] = TrackedRun(self._dag, row, player, lambda: self._clock.now)
                changed = True
            elif run.row != row:
                run.saw(row)
                changed = True
        return changed

    def _look(self, *runs: TrackedRun) -> list[Row]:
        """Read the task instances of runs, by default of all: those that changed. New deferrals get a trigger."""
        changed = [(run, row) for run in runs or self._runs.values() for row in run.look()]
        for run, row in changed:
            if row.trigger_id is not None:
                played = run.player.trigger_of(row.key)
                if played:
                    self._fires[row.trigger_id] = self._clock.after(played.seconds)
                    self._events[row.trigger_id] = played.ends_with
                else:
                    self._to_run.append(row.trigger_id)
        return [row for _, row in changed]

    def _row(self, key: RunKey) -> Row:
        return self._runs[key.run_id].rows[key.key]

    def _waiting(self) -> str:
        waiting = [task for run in self._runs.values() for task in run.waiting()]
        return ", ".join(waiting) or "the run"
