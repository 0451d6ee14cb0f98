"""
Running tasks side by side on one simulated clock.

Each running task lives on its own greenlet. Where it would sleep, it hands control back to the hub, which resumes
it when the clock has reached the instant it waits for: tasks overlap as they do on real workers, nobody sleeps, and
everything stays in one thread (Airflow's tasks install signal handlers) and in one order.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, Generic, TypeVar
from unittest import mock

from greenlet import GreenletExit, getcurrent, greenlet

from conformance.sandbox import time_limit
from conformance.simulator.clock import Clock

K = TypeVar("K")


@dataclass
class _Task(Generic[K]):
    key: K
    greenlet: greenlet
    order: int
    wakes: datetime | None = None
    deadlines: list[tuple[datetime, BaseException]] = field(default_factory=list)
    outside: dict[str, str] = field(default_factory=dict)


class Hub(Generic[K]):
    """
    The running tasks of one simulated run, each under a key of the caller's.

    `take` and `give` carry over a switch what Airflow keeps in globals for "the" running task.
    """

    def __init__(self, clock: Clock, take: Callable[[], Any], give: Callable[[Any], None]) -> None:
        self._clock = clock
        self._take = take
        self._give = give
        self._running: dict[K, _Task[K]] = {}
        self._stopped: list[_Task[K]] = []
        self._order = count()
        self._at_work: K | None = None

    @property
    def at_work(self) -> K | None:
        """The key of the task that executes right now, whichever thread asks: those that it started do, too."""
        return self._at_work

    @property
    def running(self) -> list[K]:
        """Keys of the tasks that have started and not ended, in order of their start."""
        return list(self._running)

    def start(self, key: K, body: Callable[[], None]) -> None:
        """Run `body` now, until it ends or first sleeps."""
        self._let_work(self._add(key, body, None, {}))

    def launch(self, key: K, body: Callable[[], None]) -> None:
        """Run `body` beside the calling task, as soon as all is done that happens at this instant."""
        caller = self._current()
        assert caller is not None, "only a running task can launch something"
        self._add(key, body, caller.greenlet.parent, dict(os.environ)).wakes = self._clock.now

    def _add(self, key: K, body: Callable[[], None], parent: greenlet | None, environment: dict[str, str]) -> _Task[K]:
        def run() -> None:
            task.wakes = None
            task.outside = _environ(environment or dict(os.environ))
            try:
                body()
            finally:
                _environ(task.outside)
                self._running.pop(key, None)

        task = _Task(key, greenlet(run, parent), next(self._order))
        self._running[key] = task
        return task

    def next_wake(self) -> datetime | None:
        """The earliest instant at which a sleeping task goes on; None if nothing sleeps."""
        return min((t.wakes for t in self._running.values() if t.wakes), default=None)

    def resume_due(self) -> None:
        """Let every task go on whose sleep has ended, the longest-waiting first."""
        due = [t for t in self._running.values() if t.wakes and t.wakes <= self._clock.now]
        for task in sorted(due, key=lambda t: (t.wakes, t.order)):
            self._let_work(task)

    def _let_work(self, task: _Task[K]) -> None:
        self._at_work = task.key
        try:
            task.greenlet.switch()
        finally:
            self._at_work = None

    def wake(self, key: K) -> None:
        """Let a sleeping task go on at this instant."""
        self._running[key].wakes = self._clock.now

    def stop(self, key: K) -> None:
        """End a running task where it stands: like a killed process, it does nothing more and cleans up nothing."""
        self._stopped.append(self._running.pop(key))

    def close(self) -> None:
        """
        Unwind every task that has not ended by itself. What its code still does on the way out is too late to
        count.
        """
        for task in [*self._stopped, *self._running.values()]:
            self._running[task.key] = task
            task.greenlet.throw(GreenletExit)

    def abandon(self, error: BaseException) -> None:
        """Leave the calling task, if it is one, where it stands for ever, and raise an error in who let it run."""
        task = self._current()
        if task is not None:
            del self._running[task.key]
            _abandoned.append(task.greenlet)
            self._take()
            _environ(task.outside)
            task.greenlet.parent.throw(error)

    def current(self) -> K | None:
        """The key of the task that is executing right now; None outside of any."""
        task = self._current()
        return task.key if task else None

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` of simulated time in the calling task; a deadline on the way is raised."""
        task = self._current()
        assert task is not None, "only a running task can wait"
        wakes, error = self._clock.after(max(0.0, seconds)), None
        for deadline, missed in task.deadlines:
            if deadline <= wakes:
                wakes, error = deadline, missed
        task.wakes = wakes
        try:
            self._let_others(task, task.greenlet.parent.switch)
        finally:
            task.wakes = None
        if error:
            raise error

    def give_up(self, error: BaseException) -> None:
        """Stop the calling task where it stands, and raise an error in who let it run."""
        task = self._current()
        assert task is not None, "only a running task can give up"
        self.stop(task.key)
        self._let_others(task, partial(task.greenlet.parent.throw, error))

    def _let_others(self, task: _Task[K], leave: Callable[[], Any]) -> None:
        """Leave the calling task until somebody switches back to it, without what is global and its own."""
        globals_of_task, loop = self._take(), asyncio._get_running_loop()
        asyncio._set_running_loop(None)  # another task's loop may run meanwhile, in this thread
        environment = _environ(task.outside)
        try:
            leave()
        finally:
            task.outside = _environ(environment)
            asyncio._set_running_loop(loop)
            self._give(globals_of_task)

    @contextmanager
    def deadline(self, seconds: float, error: BaseException) -> Iterator[None]:
        """Raise `error` in the calling task once it has been inside for `seconds` of simulated time."""
        task = self._current()
        assert task is not None, "only a running task has a deadline"
        entry = (self._clock.after(seconds), error)
        task.deadlines.append(entry)
        try:
            yield
        finally:
            task.deadlines.remove(entry)

    def _current(self) -> _Task[K] | None:
        here = getcurrent()
        return next((t for t in self._running.values() if t.greenlet is here), None)


def _environ(wanted: dict[str, str]) -> dict[str, str]:
    """Put an environment in the place of the one that there is: every task is a process of its own, and has its own."""
    before = dict(os.environ)
    if before != wanted:
        for name in before.keys() - wanted.keys():
            del os.environ[name]
        os.environ.update({name: value for name, value in wanted.items() if before.get(name) != value})
    return before


_active: Hub[Any] | None = None
_abandoned: list[greenlet] = []
"""What nobody remembers is unwound, and would hang again."""
_real_sleep = time.sleep


def at_work() -> Any:
    """The key of the task that executes right now, asked from any thread; None if there is none."""
    return _active and _active.at_work


def active() -> Hub[Any] | None:
    """The hub of the simulated run in progress, if the caller is one of its running tasks."""
    return _active if _active is not None and _active.current() is not None else None


@contextmanager
def nobody_sleeps(hub: Hub[Any]) -> Iterator[None]:
    """While inside, `time.sleep` of a running task moves simulated time; other threads sleep as ever."""
    global _active

    def sleep(seconds: float) -> None:
        if hub.current() is None:
            _real_sleep(seconds)
        else:
            hub.sleep(seconds)

    _active = hub
    with mock.patch.object(time, "sleep", sleep), mock.patch.object(time_limit, "way_out", hub.abandon):
        try:
            try:
                yield
            finally:
                hub.close()
        finally:
            _active = None
