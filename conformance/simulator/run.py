"""What happened in a simulated run, as the metadata database has it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from conformance.seam.api import Key

FINISHED = frozenset(("success", "failed", "skipped", "upstream_failed", "removed"))
"""The states in which a task instance has come to its end."""


@dataclass(frozen=True)
class Stint:
    """One stretch of time in which a task instance occupied a worker slot; seconds since the start of the run."""

    key: Key
    try_number: int
    start: float
    end: float
    state: str | None


class Times(list[float]):
    """Instants of a task. Who asks for one that there is not hears what the task did: that fails the case."""

    def __init__(self, times: list[float], what: Callable[[], str]) -> None:
        super().__init__(times)
        self._what = what

    def __getitem__(self, place: Any) -> Any:
        try:
            return super().__getitem__(place)
        except IndexError:
            raise AssertionError(self._what()) from None


@dataclass(repr=False)
class SimulatedRun:
    """
    One simulated run. Times are simulated seconds since the run's start, rounded to milliseconds.

    `state` is the run's state; `end` says why the simulation ended: "finished", or why it could not go on.
    Task ids take an optional `map_index`; without one, a mapped task stands for all its instances.
    `xcoms` are the XComs as Airflow reads them, `xcom_sizes` the bytes that each takes in the database.
    `refused` is what the sandbox kept from the code of tasks (under None: of triggers), whatever they made of that.
    `data_interval` is the stretch of time that the run is about.
    `others` are the later runs of a simulation of several, in order.
    """

    dag_id: str
    state: str
    end: str
    started: datetime
    seconds: float
    states: dict[Key, str | None]
    rules: dict[str, tuple[str, tuple[str, ...]]]
    stints: list[Stint]
    history: list[tuple[float, Key, str | None]]
    poked: dict[Key, list[float]]
    called: list[tuple[float, Key | None, str]]
    errors: dict[Key, str]
    xcoms: dict[tuple[Key, str], Any] = field(default_factory=dict)
    xcom_sizes: dict[tuple[Key, str], int] = field(default_factory=dict)
    received: dict[Key, list[Any]] = field(default_factory=dict)
    pulls: dict[Key, list[Any]] = field(default_factory=dict)
    refused: dict[Key | None, list[str]] = field(default_factory=dict)
    run_id: str = ""
    logical_date: datetime | None = None
    data_interval: tuple[datetime | None, datetime | None] = (None, None)
    others: list[SimulatedRun] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<{self.dag_id}: run {self.state} ({self.end})>"

    def renamed(self, names: Mapping[str, str]) -> SimulatedRun:
        """The run of the same DAG in which each task is called what `names` says; each name is that of one task."""

        def key(one: Key) -> Key:
            return Key(names[one.task_id], one.map_index)

        def value(one: Any) -> Any:
            if isinstance(one, dict):
                return {value(name): value(held) for name, held in one.items()}
            if isinstance(one, list):
                return [value(held) for held in one]
            return names.get(one, one) if isinstance(one, str) else one

        states = {key(one): state for one, state in self.states.items()}
        return replace(
            self,
            states={one: states[one] for one in sorted(states, key=[*self.states, *states].index)},
            stints=[replace(stint, key=key(stint.key)) for stint in self.stints],
            history=[(at, key(one), state) for at, one, state in self.history],
            poked={key(one): pokes for one, pokes in self.poked.items()},
            called=[(at, key(one) if one else None, name) for at, one, name in self.called],
            errors={key(one): error for one, error in self.errors.items()},
            xcoms={(key(one), name): value(held) for (one, name), held in self.xcoms.items()},
            xcom_sizes={(key(one), name): size for (one, name), size in self.xcom_sizes.items()},
            received={key(one): held for one, held in self.received.items()},
            pulls={key(one): held for one, held in self.pulls.items()},
        )

    @property
    def finished(self) -> bool:
        """Whether the run reached an end of its own, rather than being stopped by the simulator."""
        return self.end == "finished"

    @property
    def task_ids(self) -> list[str]:
        """The ids of the tasks of this run, sorted."""
        return sorted({key.task_id for key in self.states})

    @property
    def unfinished(self) -> list[str]:
        """The task instances that came to no end."""
        return [str(key) for key, state in self.states.items() if state not in FINISHED]

    @property
    def settled(self) -> bool:
        """Whether the run and every task instance came to an end of their own."""
        return self.finished and not self.unfinished

    @property
    def went_well(self) -> bool:
        """Whether it did so with success."""
        return self.settled and self.state == "success"

    def lost(self, other: SimulatedRun) -> set[str]:
        """The tasks of which an instance was a success in another run, and is not in this one."""
        return {key.task_id for key, state in self.states.items() if state != "success" == other.states.get(key)}

    @property
    def ended(self) -> str:
        """How the run ended, in words."""
        return f"ends {self.state}" if self.finished else "never ends"

    @property
    def successes(self) -> set[str]:
        """The tasks of which an instance was a success."""
        return {key.task_id for key, state in self.states.items() if state == "success"}

    @property
    def missing(self) -> list[str]:
        """The tasks of the DAG of which the run has no instance, because it was too early or too late for them."""
        return sorted(self.rules.keys() - set(self.task_ids))

    def instances(self, task: str, map_index: int | None = None) -> list[Key]:
        """
        The task instances meant by a task id; KeyError with the known ids if there is none.

        A task that is there and has not the instance that is asked for fails the case: that is what Airflow did.
        """
        found = [k for k in self.states if k.task_id == task and map_index in (None, k.map_index)]
        if not found and task in self.task_ids:
            raise AssertionError(f"{self.dag_id}: '{task}' has no instance {map_index}; {self.explain(task)}")
        if not found and task in self.rules:
            raise AssertionError(f"{self.dag_id}: the run has no '{task}'; {self.explain()}")
        if not found:
            raise KeyError(f"{self.dag_id} has no task '{task}'; it has {', '.join(sorted(self.rules))}")
        return sorted(found)

    def state_of(self, task: str, map_index: int | None = None) -> str | None:
        """The state of a task; of a mapped task the one state all its instances share, else "mixed"."""
        states = {self.states[k] for k in self.instances(task, map_index)}
        return states.pop() if len(states) == 1 else "mixed"

    def tries(self, task: str, map_index: int | None = None) -> int:
        """How many times a task was tried; of a mapped task, its busiest instance."""
        return max(len({s.try_number for s in self._stints(k)}) for k in self.instances(task, map_index))

    def try_numbers(self, task: str, map_index: int | None = None) -> list[int]:
        """The numbers of the tries of a task, in the order they were made."""
        return list(dict.fromkeys(s.try_number for s in self._of(task, map_index)))

    def starts(self, task: str, map_index: int | None = None) -> list[float]:
        """When each try of a task started; one number per try."""
        firsts = {s.try_number: s.start for s in reversed(self._of(task, map_index))}
        return self._times(task, "started", [firsts[n] for n in sorted(firsts)])

    def ends(self, task: str, map_index: int | None = None) -> list[float]:
        """When each try of a task ended; one number per try."""
        lasts = {s.try_number: s.end for s in self._of(task, map_index)}
        return self._times(task, "ended", [lasts[n] for n in sorted(lasts)])

    def waits(self, task: str, map_index: int | None = None) -> list[float]:
        """Seconds between the end of each try and the start of the next; one fewer than tries."""
        starts, ends = self.starts(task, map_index), self.ends(task, map_index)
        waits = [round(start - end, 3) for start, end in zip(starts[1:], ends, strict=False)]
        return self._times(task, "waited for a retry", waits)

    def _times(self, task: str, did: str, times: list[float]) -> list[float]:
        return Times(times, lambda: f"'{task}' {did} {len(times)} times on a worker; {self.explain(task)}")

    def succeeded(self, task: str) -> float:
        """When a task became a success, with a worker or without; of a mapped task, its first instance."""
        keys = self.instances(task)
        return min((at for at, key, state in self.history if key in keys and state == "success"), default=math.inf)

    def lasted(self, task: str) -> str:
        """How long a task took from its first start to its last end, for a person."""
        return duration(round(self.ends(task)[-1] - self.starts(task)[0], 3))

    def pokes(self, sensor: str, map_index: int | None = None) -> list[float]:
        """When a sensor poked."""
        return [p for k in self.instances(sensor, map_index) for p in self.poked.get(k, [])]

    def slot_seconds(self, task: str, map_index: int | None = None) -> float:
        """For how long a task occupied a worker slot."""
        return round(sum(s.end - s.start for s in self._of(task, map_index)), 3)

    def callbacks(self, task: str | None = None, map_index: int | None = None) -> list[str]:
        """Names of the callbacks that were called, in order: of a task, or (None) of the DAG."""
        keys = [None] if task is None else self.instances(task, map_index)
        return [name for _, key, name in self.called if key in keys]

    def xcom(self, task: str, key: str = "return_value", map_index: int = -1) -> Any:
        """An XCom that a task pushed; None if it pushed none."""
        return self.xcoms.get((Key(task, map_index), key))

    def arguments(self, task: str, map_index: int | None = None) -> list[Any]:
        """The arguments with which a task's function was to be called, if it was to receive them or to run for real."""
        return [value for k in self.instances(task, map_index) for value in self.received.get(k, [])]

    def pulled(self, task: str, map_index: int | None = None) -> list[Any]:
        """What a task that ran its own code pulled in its last try, in order."""
        return [value for k in self.instances(task, map_index) for value in self.pulls.get(k, [])]

    def error(self, task: str, map_index: int | None = None) -> str:
        """The last error of a task, in one line; empty if it had none."""
        return next((self.errors[k] for k in self.instances(task, map_index) if k in self.errors), "")

    def path(self, task: str, map_index: int | None = None) -> list[str | None]:
        """The states a task went through, in order."""
        return [state for _, key, state in self.history if key in self.instances(task, map_index)]

    def explain(self, task: str | None = None) -> str:
        """
        A state table of the run, then why: for a task its rule, its upstreams and its last error; for none, every
        failed task's error.
        """
        width = max(len(str(k)) for k in self.states) if self.states else 4
        lines = [f"{self.dag_id}: run {self.state} after {duration(self.seconds)} ({self.end})"]
        for key in sorted(self.states, key=lambda k: (list(self.rules).index(k.task_id), k.map_index)):
            stints = self._stints(key)
            tries = len({s.try_number for s in stints})
            unstarted = "without a worker" if self.states[key] == "success" else "never started"
            when = f"{duration(stints[0].start)} → {duration(stints[-1].end)}" if stints else unstarted
            lines.append(f"  {key!s:<{width}}  {self.states[key] or 'none':<16} tries {tries}  {when}")
        if task is None:
            lines += [
                f"  {key}: {self.errors[key]}"
                for key, state in self.states.items()
                if state == "failed" and key in self.errors
            ]
        else:
            lines += self._why(task)
        return "\n".join([*lines, *(f"  {what}" for what in self.kept_from())])

    def kept_from(self) -> list[str]:
        """What was refused, and to which task, in words."""
        return [f"{key or 'a trigger'} {what}" for key, told in self.refused.items() for what in told]

    def _why(self, task: str) -> list[str]:
        rule, upstreams = self.rules[task]
        seen = ", ".join(f"{u} {self.state_of(u)}" for u in upstreams) or "none"
        errors = [f"  {k}: {self.errors[k]}" for k in self.instances(task) if k in self.errors]
        return [f"  {task}: trigger_rule {rule}; upstream: {seen}", *errors]

    def _stints(self, key: Key) -> list[Stint]:
        return [s for s in self.stints if s.key == key]

    def _of(self, task: str, map_index: int | None) -> list[Stint]:
        return [s for k in self.instances(task, map_index) for s in self._stints(k)]


def duration(seconds: float) -> str:
    """Seconds as a person says them: "1d 2h 3m 4s"."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days}d" * bool(days), f"{hours}h" * bool(hours), f"{minutes}m" * bool(minutes)]
    rest = round(rest, 3)
    return " ".join(p for p in parts if p) + (
        f" {rest:g}s" if any(parts) and rest else "" if any(parts) else f"{rest:g}s"
    )
