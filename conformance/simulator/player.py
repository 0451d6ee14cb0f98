"""
Playing a scenario: the innermost code of an operator is replaced by what the scenario says, and nothing else.

What surrounds it stays Airflow's: a sensor's loop around `poke`, a branch's skipping around the choice, the pushing of
a result, the handling of an exception.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from conformance.folder.operators import lets_code_choose
from conformance.seam.api import Key, airflow
from conformance.simulator.clock import Clock
from conformance.simulator.items import Items
from conformance.simulator.not_simulated import refusal
from conformance.simulator.observations import Notes, replace
from conformance.simulator.scenario import Failed, Script, Word, script_of
from conformance.simulator.sensors import Sensors
from conformance.simulator.task_switcher import Hub

CALLBACKS = (
    "on_execute_callback",
    "on_success_callback",
    "on_failure_callback",
    "on_retry_callback",
    "on_skipped_callback",
)

LACKING = Path(__file__).parent / "hidden_packages"
"""A folder on whose account a Python finds no package that `CONFORMANCE_LACKS` names."""


class PlayedTrigger(NamedTuple):
    """A trigger that does not run: it ends after so many seconds, with an event of Airflow's or an error."""

    seconds: float
    ends_with: Any


class Player:
    """Plays one scenario on the operators of one simulated run."""

    def __init__(self, words: tuple[Word, ...], execute: bool, clock: Clock, hub: Hub[Any], items: Items) -> None:
        self.notes = Notes(clock)
        self.sensors = Sensors(self.notes)
        self._words = words
        self._execute = execute
        self._hub = hub
        self._items = items

    def script(self, key: Key) -> tuple[Script, bool]:
        """What the scenario says of a task instance, and whether it says anything."""
        script, is_said = script_of(self._words, key.task_id, key.map_index)
        if script.items is not None:
            script = dataclasses.replace(script, value=self._items.of(key, script.items), has_value=True)
        return script, is_said

    def renders(self, context: Any) -> bool:
        """A played task does not render its templates: they are made for values that no task has returned."""
        ti = context["ti"]
        key = Key(ti.task_id, ti.map_index)
        return self.script(key)[0].receives or self.sensors.rendering == key or self.runs_own_code(key)

    def converts(self, mapped: str, tasks: Collection[str]) -> Callable[[Any], Any] | None:
        """
        What makes an item for a `mapped` task of what the `tasks` return, if that is neither by their own code nor said
        by the scenario: the functions of a `.map` are for what they know.
        """
        scripts = [script_of(self._words, task, -1)[0] for task in tasks]
        is_known = self._execute or any(script.says_result or script.own_code for script in scripts)
        return None if is_known else partial(self._items.item_for, mapped)

    def runs_own_code(self, key: Key) -> bool:
        """Whether a task instance runs its own code, maybe after what the scenario says of it."""
        script, _ = self.script(key)
        return (self._execute or script.own_code) and not script.has_value and not script.chooses

    def trigger_of(self, key: Key) -> PlayedTrigger | None:
        """What the trigger does for which a task instance waits; None if it runs its own code, as the task does."""
        script, _ = self.script(key)
        if script.defers_for is not None:
            is_error = isinstance(script.event, Exception)
            return PlayedTrigger(script.defers_for, script.event if is_error else airflow().TriggerEvent(script.event))
        if self.runs_own_code(key):
            return None
        return PlayedTrigger(self.sensors.fires_after(script, key), airflow().TriggerEvent(None))

    def play(self, operator: Any, context: Any) -> None:
        """Make `operator`, an instance that is about to be executed, do what the scenario says."""
        ti = context["ti"]
        key = Key(ti.task_id, ti.map_index)
        script, spoken = self.script(key)
        self.notes.tries[key] = ti.try_number
        self._record_callbacks(operator, key)
        own = self.runs_own_code(key)
        if not own and context.get("map_index_template") is not None:
            context["map_index_template"] = None  # it is made for items that no task has returned
        if own and (refused := refusal(operator)):
            self._hub.give_up(refused)
        if own or script.receives:
            self.notes.arguments_of(operator, key)
        if own:
            self.notes.watch_pulls(ti, key)
        if own and isinstance(operator, airflow().BaseSensorOperator):
            self.notes.watch_pokes(operator, key)
        if own and hasattr(operator, "expect_airflow"):
            self._isolate(operator, script.lacks)
        if own and not spoken:
            self.notes.watch_errors(operator, "execute", key)
            return
        act = self._act(script, key, ti.try_number, context)
        if own:
            self._around(operator, act, key, script.late)
        else:
            self._instead(operator, act, script, key)

    def _act(self, script: Script, key: Key, try_number: int, context: Any) -> Callable[[], Any]:
        """The innermost code of a scripted task."""

        def act() -> Any:
            if script.seconds:
                self._hub.sleep(script.seconds)
            value = script.does(context) if script.does else script.value
            looked = len(self.notes.pokes.get(key, ()))
            if try_number <= script.fails and (script.fails_at is None or looked in script.fails_at):
                error = self._error(script, try_number)
                self.notes.error(key, error)
                raise error
            return value

        return act

    def _error(self, script: Script, try_number: int) -> BaseException:
        if script.kind == "skip":
            return airflow().AirflowSkipException("skipped by the scenario")  # type: ignore[no-any-return]
        if script.kind == "fail_for_good":
            return airflow().AirflowFailException("failed for good by the scenario")  # type: ignore[no-any-return]
        return script.error or Failed(f"failed by the scenario in try {try_number}")

    def _around(self, operator: Any, act: Callable[[], Any], key: Key, late: bool) -> None:
        """Act and let the operator's own code run, one before the other."""
        name = "poke" if isinstance(operator, airflow().BaseSensorOperator) else "execute"
        own = getattr(operator, name)

        def acted(context: Any, **kwargs: Any) -> Any:
            if not late:
                act()
            value = own(context, **kwargs)
            if late:
                act()
            return value

        replace(operator, name, acted)
        self.notes.watch_errors(operator, "execute", key)

    def _isolate(self, operator: Any, lacks: str) -> None:
        """
        Hide packages from the interpreters that the operator starts.

        Airflow is always hidden: in another process it would look for a supervisor, and there is none.
        """
        own = operator.execute
        path = os.pathsep.join(filter(None, (str(LACKING), os.environ.get("PYTHONPATH"))))

        def execute(context: Any, **kwargs: Any) -> Any:
            with mock.patch.dict(os.environ, {"PYTHONPATH": path, "CONFORMANCE_LACKS": f"airflow,{lacks}"}):
                return own(context, **kwargs)

        replace(operator, "execute", execute)

    def _instead(self, operator: Any, act: Callable[[], Any], script: Script, key: Key) -> None:
        """Act in place of the operator's own code."""
        for hook in "pre_execute", "post_execute":
            replace(operator, hook, _nothing)
            replace(operator, f"_{hook}_hook", None)
        self.sensors.resume(operator, act, key)
        if script.defers_for is not None:
            self._deferral(operator, act, script)
        elif isinstance(operator, airflow().BaseSensorOperator):
            self.sensors.play(operator, act, script, key)
        elif isinstance(operator, airflow().PythonOperator):
            if getattr(operator, "is_async", False):
                replace(operator, "python_callable", _not_async(operator.python_callable))
            replace(operator, "execute_callable", self._callable(operator, act, script, key))
        elif isinstance(operator, airflow().BRANCH_OPERATORS):
            self._branch(operator, act, script)
        elif lets_code_choose({base.__name__ for base in type(operator).__mro__}):
            replace(operator, "execute", _branching(operator, act, script))
        else:
            replace(operator, "execute", lambda context, **mark: self._or_items(act(), script, key))
        self.notes.watch_errors(operator, "execute", key)

    def _callable(self, operator: Any, act: Callable[[], Any], script: Script, key: Key) -> Callable[[], Any]:
        if isinstance(operator, airflow().BRANCH_PYTHON_OPERATORS):
            return lambda: _choice(operator, script, act())
        if isinstance(operator, airflow().ShortCircuitOperator):
            return lambda: _returned(script, act(), script.passes)
        return lambda: self._or_items(act(), script, key)

    def _branch(self, operator: Any, act: Callable[[], Any], script: Script) -> None:
        own = operator.choose_branch
        told = script.chooses or script.says_result
        decides_by_clock = isinstance(operator, airflow().LatestOnlyOperator) and not told

        def choose_branch(context: Any) -> Any:
            value = act()
            return own(context) if decides_by_clock else _choice(operator, script, value)

        replace(operator, "choose_branch", choose_branch)

    def _or_items(self, value: Any, script: Script, key: Key) -> Any:
        """A task whose result is mapped over has to return something to map; two items unless the scenario says."""
        return self._items.of(key, 2) if key.task_id in self._items and not script.says_result else value

    def _deferral(self, operator: Any, act: Callable[[], Any], script: Script) -> None:
        def execute(context: Any, **mark: Any) -> None:
            timeout = None if script.defer_timeout is None else timedelta(seconds=script.defer_timeout)
            raise airflow().TaskDeferred(
                trigger=airflow().SimulatedTrigger(), method_name="simulated_resume", timeout=timeout
            )

        replace(operator, "execute", execute)
        replace(operator, "simulated_resume", lambda context, event=None: act())

    def _record_callbacks(self, operator: Any, key: Key) -> None:
        for name in CALLBACKS:
            own = getattr(operator, name, None)
            if own:
                recorder = self._recorder(own, name, key)
                replace(operator, name, [recorder] if isinstance(own, (list, tuple)) else recorder)

    def _recorder(self, own: Any, name: str, key: Key) -> Callable[[Any], None]:
        def record(context: Any) -> None:
            self.notes.callback(key, name)
            if self.runs_own_code(key):
                for callback in own if isinstance(own, (list, tuple)) else [own]:
                    callback(context)

        return record


def _branching(operator: Any, act: Callable[[], Any], script: Script) -> Callable[..., None]:
    """What an operator does that branches in its own way: it skips as Airflow's branches do."""

    def execute(context: Any, **mark: Any) -> None:
        operator.skip_all_except(context["ti"], _choice(operator, script, act()))

    return execute


def _choice(operator: Any, script: Script, value: Any) -> Any:
    """Return what a branch follows: the scenario's choice, the returned `value`, or all directly downstream of it."""
    return script.chosen if script.chooses else _returned(script, value, sorted(operator.downstream_task_ids))


def _returned(script: Script, value: Any, otherwise: Any) -> Any:
    """The `value` that an operator's own code returns, if the scenario says what that is."""
    return value if script.says_result else otherwise


def _not_async(function: Any) -> Callable[..., None]:
    """
    An ordinary function that takes the arguments of an asynchronous one, and is never called.

    From 3.2 on the asynchronous ones run in an event loop, which would wait in real time.
    """

    def stand_in(*args: Any, **kwargs: Any) -> None: ...

    stand_in.__signature__ = signature(function)  # type: ignore[attr-defined]
    return stand_in


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Stands in for a hook of the user's."""
