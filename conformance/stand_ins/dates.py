"""Dates, durations and time zones of a value that nobody knows: what makes them takes nothing but texts and numbers."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from importlib import import_module
from types import ModuleType
from typing import Any

from conformance.stand_ins.value import Value

SOME_DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
"""In place of a date that nobody knows."""


def bearing_dates() -> list[tuple[Any, str, Any]]:
    """Where each function is that makes a date or a time zone of a text, its name, and what is put in its place."""
    pendulum, parser, strptime = map(import_module, ("pendulum", "dateutil.parser", "_strptime"))
    zones = import_module("pendulum.tz")
    durations = (pendulum, "duration"), (import_module("dateutil.relativedelta").relativedelta, "__init__")
    some_day = pendulum.instance(SOME_DAY)
    places = [
        (pendulum, "parse", lambda text: some_day),
        (pendulum, "from_format", lambda text: some_day),
        (pendulum, "timezone", lambda name: pendulum.UTC),
        (zones, "timezone", lambda name: pendulum.UTC),
        (parser, "parse", lambda text: SOME_DAY),
        (parser, "isoparse", lambda text: SOME_DAY),
    ]
    made = [(owner, name, _bears(getattr(owner, name), instead)) for owner, name, instead in places]
    made += [(owner, name, _of_numbers(getattr(owner, name))) for owner, name in durations]
    made.append((pendulum, "datetime", _in_known_zone(pendulum.datetime)))
    made.append((strptime, "_strptime_datetime", _day(vars(strptime)["_strptime_datetime"])))
    return made


def module_of_dates() -> ModuleType:
    """Python's `datetime`, with a `timedelta` that takes a value for a number."""
    dates = ModuleType("datetime")
    vars(dates).update({**vars(datetime), "timedelta": Timedelta})
    return dates


def _bears(original: Any, instead: Callable[[Any], Any]) -> Any:
    @wraps(original)
    def made(text: Any, *args: Any, **kwargs: Any) -> Any:
        return instead(text) if isinstance(text, Value) else original(text, *args, **kwargs)

    return made


def _in_known_zone(original: Any) -> Any:
    @wraps(original)
    def made(*args: Any, **given: Any) -> Any:
        return original(*args, **{key: value for key, value in given.items() if not isinstance(value, Value)})

    return made


def _of_numbers(original: Any) -> Any:
    @wraps(original)
    def made(*args: Any, **given: Any) -> Any:
        return original(*args, **{key: _number(value) for key, value in given.items()})

    return made


def _day(original: Any) -> Any:
    @wraps(original)
    def date(cls: Any, text: Any, *formats: Any) -> Any:
        known = SOME_DAY.year, SOME_DAY.month, SOME_DAY.day
        return cls(*known) if isinstance(text, Value) else original(cls, text, *formats)

    return date


class _Timedelta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, timedelta)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, timedelta)


class Timedelta(timedelta, metaclass=_Timedelta):
    """In place of `datetime.timedelta`, which takes nothing but numbers; it makes those of Python."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A duration in which a value that nobody knows is 1."""
        known = {key: _number(value) for key, value in kwargs.items()}
        return timedelta(*map(_number, args), **known)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, Value) else value
