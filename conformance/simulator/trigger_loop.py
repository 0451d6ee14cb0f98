"""
Triggers: what a deferred task waits for.

A scripted deferral leaves a trigger in the database that never runs; the simulator fires it. The trigger of a task
that runs its own code runs, too: on an event loop whose waiting is simulated time.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

from conformance.seam.api import airflow
from conformance.simulator.clock import Clock
from conformance.simulator.task_switcher import Hub

SHORTEST = 1e-6
"""Seconds; the clock knows nothing shorter."""


def first_event(trigger_id: int, clock: Clock, hub: Hub[Any]) -> Any:
    """
    Run a trigger in the calling task of the hub until its first event, or its error.

    None if the trigger is cancelled from within: a triggerer drops it, and whoever waits for it goes on waiting.
    """
    try:
        trigger = airflow().trigger(trigger_id)
        with airflow().triggerer():
            return _run(trigger, clock, hub)
    except asyncio.CancelledError:
        return None
    except StopAsyncIteration:
        return RuntimeError("The trigger ended without an event.")
    except Exception as error:  # the code of a trigger may raise anything: a triggerer fails its task with that
        return error


def _run(trigger: Any, clock: Clock, hub: Hub[Any]) -> Any:
    loop = _Loop(clock, hub)
    try:
        return loop.run_until_complete(anext(trigger.run()))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class _Loop(asyncio.SelectorEventLoop):
    """An event loop on the simulated clock."""

    def __init__(self, clock: Clock, hub: Hub[Any]) -> None:
        self._simulated = clock
        self._born = clock.now
        super().__init__(_Selector(hub))

    def time(self) -> float:
        """Simulated seconds since this loop was made."""
        return (self._simulated.now - self._born).total_seconds()


class _Selector(selectors.DefaultSelector):
    """Where an event loop would wait for its next timer, simulated time passes."""

    def __init__(self, hub: Hub[Any]) -> None:
        super().__init__()
        self._hub = hub

    def select(self, timeout: float | None = None) -> list[Any]:
        """What is ready; a loop without timers waits for another thread, and that is real time."""
        ready = super().select(None if timeout is None else 0)
        if ready or not timeout:
            return ready
        self._hub.sleep(max(timeout, SHORTEST))
        return super().select(0)
