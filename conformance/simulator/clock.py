"""
The simulated clock: freezegun's, moved by hand.

Starting freezegun scans every loaded module, which costs as much as several simulated runs, and Airflow's Execution
API cannot be built under one freeze and used under another. So one outer freeze, in which time flows as usual, is
started once per process; each simulated run nests its own standing clock inside it, which freezegun does for free.
"""

from __future__ import annotations

import atexit
import importlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import freezegun
from freezegun import api

from conformance.simulator.imports_on_real_clock import thaw_imports

EPOCH = datetime(2024, 1, 1, tzinfo=timezone.utc)
"""When a simulated run starts unless its caller says otherwise."""

FAR_OFF = EPOCH + timedelta(days=3 * 366)
"""Late enough for two runs of any schedule: for who asks for so many with `runs`."""

NUDGE = timedelta(microseconds=1)
"""Airflow starts a retry, and lets a deferral or a run time out, strictly after it is due."""

PYTEST = ["_pytest.timing"]
"""pytest measures how long tests take by the real clock."""

_flowing: Any = None


def start_flowing() -> None:
    """Start the outer freeze of this process, in which time goes on as usual. Later calls do nothing."""
    global _flowing
    if _flowing is None:
        thaw_imports()
        _flowing = freezegun.freeze_time(datetime.now(timezone.utc), tick=True, ignore=PYTEST)
        _flowing.start()
        _pass_for_real()
        atexit.register(_flowing.stop)


def _pass_for_real() -> None:
    """
    Let freezegun's classes pass for those they replace.

    Airflow stores a date with the name of its class, and looks that up when it reads it again; pydantic looks up what
    it knows of the class.
    """
    for fake, real in (api.FakeDatetime, api.real_datetime), (api.FakeDate, api.real_date):
        fake.__module__, fake.__qualname__, fake.__name__ = real.__module__, real.__qualname__, real.__name__
        fake.__get_pydantic_core_schema__ = classmethod(_schema)  # type: ignore[attr-defined]


def _schema(fake: type, *_: Any) -> Any:
    """What pydantic, which knows the real classes only, makes of a field of a model: asked when a model is built."""
    core_schema = importlib.import_module("pydantic_core.core_schema")
    return getattr(core_schema, f"{fake.__name__}_schema")()


class Clock:
    """A clock that stands still until it is moved, and only moves forward."""

    def __init__(self, factory: Any) -> None:
        self._factory = factory

    @property
    def now(self) -> datetime:
        """The simulated instant, timezone-aware, UTC."""
        return self._factory().replace(tzinfo=timezone.utc)  # type: ignore[no-any-return]

    def after(self, seconds: float) -> datetime:
        """The instant `seconds` from now; the far future if that is beyond the calendar."""
        if math.isinf(seconds):
            return FAR_FUTURE
        return self.now + timedelta(seconds=seconds)

    def move_to(self, instant: datetime) -> None:
        """Jump to an instant; one in the past is now."""
        if instant > self.now:
            self._factory.move_to(instant)


FAR_FUTURE = datetime(9999, 1, 1, tzinfo=timezone.utc)


@contextmanager
def standing(at: datetime) -> Iterator[Clock]:
    """A standing clock for one simulated run, set to `at` (timezone-aware)."""
    start_flowing()
    freeze = freezegun.freeze_time(at, ignore=PYTEST)
    factory = freeze.start()
    try:
        yield Clock(factory)
    finally:
        freeze.stop()
