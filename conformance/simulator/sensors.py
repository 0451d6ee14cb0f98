"""
Playing a sensor: what it finds when it pokes is the scenario's, and all around that its own and Airflow's.

One that defers and has to wait does so by its own `execute`, which alone knows how long it waits at most, and its
trigger is played. Where nothing has to be waited for, its own code would tell nothing, and may need a connection: then
it pokes once, as any other sensor.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from inspect import unwrap
from typing import Any

from conformance.folder.task_settings import defers
from conformance.seam.api import Key, airflow
from conformance.simulator.observations import Notes, one_line, replace
from conformance.simulator.scenario import Failed, Script


class Sensors:
    """
    Plays the sensors of one simulated run.

    `refused` says why the run tells nothing, if that is so; `rendering` is the sensor that renders its templates.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._resumes: dict[Key, str] = {}
        self.refused = ""
        self.rendering: Key | None = None

    def play(self, operator: Any, act: Callable[[], Any], script: Script, key: Key) -> None:
        """Make a sensor, an instance that is about to be executed, find what the scenario says."""
        replace(operator, "poke", self._poke(act, script, key))
        own, base = (unwrap(kind.execute) for kind in (type(operator), airflow().BaseSensorOperator))
        deferrable = defers(operator, type(operator))
        if deferrable and script.done_after > 0:
            replace(operator, "execute", self._own_execute(operator, script, key, judged=True))
        elif deferrable or "defer" in own.__code__.co_names:
            replace(operator, "execute", lambda context, **mark: base(operator, context))
        elif own is not base:  # maybe it defers in a method of its own
            replace(operator, "execute", self._own_execute(operator, script, key, judged=False))

    def resume(self, operator: Any, act: Callable[[], Any], key: Key) -> None:
        """Let a played task that has deferred end when its trigger has fired: what its own code expects is unknown."""
        from_trigger = getattr(operator, "start_trigger_args", None)
        name = self._resumes.get(key) or (from_trigger and from_trigger.next_method)
        if name and name != "execute" and hasattr(operator, name):
            replace(operator, name, lambda context, event=None, **arguments: act())

    def fires_after(self, script: Script, key: Key) -> float:
        """In how many seconds the trigger of a played task fires, which has deferred now."""
        now = self._notes.clock.now
        first, *_ = self._notes.pokes.get(key) or [now]
        return max(0.0, script.done_after - (now - first).total_seconds())

    def _poke(self, act: Callable[[], Any], script: Script, key: Key) -> Callable[[Any], Any]:
        def poke(context: Any) -> Any:
            now, pokes = self._notes.clock.now, self._notes.pokes.setdefault(key, [])
            pokes.append(now)
            value = act()
            if script.does:
                return value
            is_done = self._notes.clock.now - pokes[0] >= _delta(script.done_after)
            return airflow().PokeReturnValue(is_done, value) if script.has_value else is_done

        return poke

    def _own_execute(self, operator: Any, script: Script, key: Key, judged: bool) -> Callable[..., Any]:
        """The sensor's own code. If it is `judged`, the run tells nothing unless that code comes to its waiting."""
        own = operator.execute
        fine = (
            *airflow().NO_ERRORS,
            airflow().AirflowSkipException,
            airflow().AirflowFailException,
            airflow().AirflowSensorTimeout,
            airflow().AirflowTaskTimeout,
            Failed,
        )

        def execute(context: Any, **mark: Any) -> Any:
            if judged:
                self._render(operator, context, key)
            try:
                value = own(context, **mark)
            except airflow().TaskDeferred as deferral:
                self._resumes[key] = deferral.method_name
                if math.isinf(script.done_after) and _is_of_time(deferral.trigger):
                    self.refused = f"not applicable: '{key.task_id}' waits for a time, and that comes"
                raise
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                if judged and error is not script.error and not isinstance(error, fine):
                    self.refused = (
                        f"'{key.task_id}' fails before it waits, so that its waiting cannot be tried: "
                        f"{one_line(error)}; give it what it needs (--variables, --connections)"
                    )
                raise
            if judged and key not in self._resumes and not self._notes.pokes.get(key):
                self.refused = f"'{key.task_id}' ends before it waits, so that its waiting cannot be tried"
            return value

        return execute

    def _render(self, operator: Any, context: Any, key: Key) -> None:
        """Render the templates that can be rendered: some are made for values that no played task has returned."""
        self.rendering = key
        try:
            operator.render_template_fields(context)
        except Exception as error:  # a template may raise anything, and is rendered for its own sake here
            self._notes.error(key, error)
        finally:
            self.rendering = None


def _delta(seconds: float) -> timedelta:
    return timedelta.max if math.isinf(seconds) else timedelta(seconds=seconds)


def _is_of_time(trigger: Any) -> bool:
    """Whether a trigger waits for an instant."""
    return any(base.__module__.endswith("triggers.temporal") for base in type(trigger).__mro__)
