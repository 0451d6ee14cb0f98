"""
What each task will do in one simulated run, in words.

    simulate("orders", fail("load", times=2), takes("extract", minutes=40), choose("pick", "fast"))

A task that no word speaks of succeeds at once and returns nothing (a task whose result is mapped over returns two
items; a branch follows everything downstream of it). Words about the same task add up: `takes("load", minutes=5),
fail("load")` fails after five minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

EVERY_TRY = math.inf


class Failed(Exception):
    """What a scripted task raises when a scenario says that it fails."""


@dataclass(frozen=True)
class Word:
    """
    One thing that a scenario says of one task.

    `name` is the word itself. `map_index` None means every instance of the task. What is not in `says` is not said.
    """

    name: str
    task: str
    map_index: int | None = None
    says: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        instance = "" if self.map_index is None else f", map_index={self.map_index}"
        return f"{self.name}('{self.task}'{instance})"


@dataclass(frozen=True)
class Script:
    """All that a scenario says of one task instance; durations in seconds."""

    value: Any = None
    has_value: bool = False
    items: int | None = None
    seconds: float = 0.0
    fails: float = 0
    error: BaseException | None = None
    fails_at: Container[int] | None = None
    late: bool = False
    kind: str = "failed"
    chooses: bool = False
    chosen: str | list[str] | None = None
    passes: bool = True
    done_after: float = 0.0
    defers_for: float | None = None
    defer_timeout: float | None = None
    event: Any = None
    own_code: bool = False
    lacks: str = ""
    does: Callable[[Any], Any] | None = None
    receives: bool = False

    @property
    def says_result(self) -> bool:
        """Whether it says what the task returns."""
        return self.has_value or self.does is not None


def succeed(task: str, value: Any = None, *, map_index: int | None = None) -> Word:
    """The task succeeds and returns `value` (a sensor: as its XCom; a branch follows it)."""
    return Word("succeed", task, map_index, {"value": value, "has_value": True})


def gives(task: str, items: int, *, map_index: int | None = None) -> Word:
    """The task succeeds and returns so many items to those that are mapped over its result, as they need them."""
    return Word("gives", task, map_index, {"items": items})


def fail(
    task: str,
    times: float = EVERY_TRY,
    error: BaseException | None = None,
    *,
    pokes: Container[int] | None = None,
    late: bool = False,
    map_index: int | None = None,
) -> Word:
    """
    The task raises in its first `times` tries: `Failed`, or `error` if given. By default in every try.

    A sensor does so at every poke of such a try, or only at those numbered in `pokes`, counted from 1 over all tries.
    With `late` (and `execute=True`) it raises after its own code has run, like a task whose worker dies at the end.
    """
    return Word("fail", task, map_index, {"fails": times, "error": error, "fails_at": pokes, "late": late})


def fail_for_good(task: str, *, map_index: int | None = None) -> Word:
    """The task raises Airflow's `AirflowFailException`, which no retry follows."""
    return Word("fail_for_good", task, map_index, {"fails": EVERY_TRY, "kind": "fail_for_good"})


def skip(task: str, *, map_index: int | None = None) -> Word:
    """The task raises Airflow's `AirflowSkipException`."""
    return Word("skip", task, map_index, {"fails": EVERY_TRY, "kind": "skip"})


def takes(task: str, *, seconds: float = 0, minutes: float = 0, hours: float = 0, map_index: int | None = None) -> Word:
    """The task runs that long before it does what else is said of it."""
    length = timedelta(seconds=seconds, minutes=minutes, hours=hours).total_seconds()
    return Word("takes", task, map_index, {"seconds": length})


def hang(task: str, *, map_index: int | None = None) -> Word:
    """The task never ends by itself."""
    return Word("hang", task, map_index, {"seconds": math.inf})


def choose(brancher: str, *chosen: str | list[str], map_index: int | None = None) -> Word:
    """
    The branch follows these task or task-group ids; none: it follows nothing.

    Of one id its code returns the plain text, as most do, and of several a list; a list of one if a list is given.
    """
    many = [one for some in chosen for one in (some if isinstance(some, list) else [some])]
    returned = chosen[0] if len(chosen) == 1 else many or None
    return Word("choose", brancher, map_index, {"chooses": True, "chosen": returned})


def short_circuit(task: str, *, map_index: int | None = None) -> Word:
    """The condition of a short-circuit task is false."""
    return Word("short_circuit", task, map_index, {"passes": False})


def done_after(sensor: str, *, seconds: float = 0, minutes: float = 0, map_index: int | None = None) -> Word:
    """
    What the sensor waits for is there that long after its first poke. By default at once.

    A sensor that defers does so by its own `execute`, and its trigger fires when what it waits for is there.
    """
    return Word(
        "done_after", sensor, map_index, {"done_after": timedelta(seconds=seconds, minutes=minutes).total_seconds()}
    )


def never(sensor: str, *, map_index: int | None = None) -> Word:
    """What the sensor waits for never comes: each of its pokes finds nothing, and no trigger of it ever fires."""
    return Word("never", sensor, map_index, {"done_after": math.inf})


def defer(
    task: str,
    *,
    seconds: float = math.inf,
    timeout: float | None = None,
    event: Any = None,
    map_index: int | None = None,
) -> Word:
    """
    The task defers; its trigger fires with `event` after `seconds` (by default never), or times out after `timeout`.

    An exception is not fired but raised by the trigger.

    If a task runs its own code (`for_real`, `execute=True`), the own code defers, with its own timeout, and only the
    trigger is played.
    """
    return Word("defer", task, map_index, {"defers_for": seconds, "defer_timeout": timeout, "event": event})


def lacks(task: str, package: str) -> Word:
    """A package is not there for the other interpreter in which the task runs its own code."""
    return Word("lacks", task, None, {"own_code": True, "lacks": package})


def do(task: str, what: Callable[[Any], Any], *, map_index: int | None = None) -> Word:
    """
    In place of its own code the task calls `what` with its context, and returns what that returns.

    So a branch follows what `what` returns, a short circuit goes on if that is true, and a sensor pokes again until it
    is.
    """
    return Word("do", task, map_index, {"does": what})


def receive(task: str, *, map_index: int | None = None) -> Word:
    """The task gets its arguments and templates, as `run.arguments` has them; its own code does not run."""
    return Word("receive", task, map_index, {"receives": True})


def for_real(task: str, *, map_index: int | None = None) -> Word:
    """The task runs its own code, while all others are played; what it pulls is in `run.pulled`."""
    return Word("for_real", task, map_index, {"own_code": True})


def script_of(words: Iterable[Word], task: str, map_index: int) -> tuple[Script, bool]:
    """What a scenario says of one task instance, and whether it says anything at all."""
    merged: dict[str, Any] = {}
    for word in words:
        if word.task == task and word.map_index in (None, map_index):
            merged.update(word.says)
    return Script(**merged), bool(merged)
