"""What happens in a simulated run that no table of Airflow's keeps, noted down as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conformance.seam.api import Key, airflow
from conformance.simulator.clock import Clock

LONGEST_ERROR = 400
"""Characters of an error that are noted; what matters of the error of a subprocess is not in its first line."""


@dataclass
class Notes:
    """What the player saw."""

    clock: Clock
    pokes: dict[Key, list[datetime]] = field(default_factory=dict)
    callbacks: list[tuple[datetime, Key | None, str]] = field(default_factory=list)
    errors: dict[Key, str] = field(default_factory=dict)
    tries: dict[Key, int] = field(default_factory=dict)
    arguments: dict[Key, list[Any]] = field(default_factory=dict)
    pulled: dict[Key, list[Any]] = field(default_factory=dict)

    def callback(self, key: Key | None, name: str) -> None:
        """A callback of a task, or of the DAG, is called."""
        self.callbacks.append((self.clock.now, key, name))

    def error(self, key: Key, error: BaseException) -> None:
        """A task raises an error."""
        self.errors[key] = one_line(error)

    def arguments_of(self, operator: Any, key: Key) -> None:
        """A task has its arguments."""
        given = [*getattr(operator, "op_args", ()), *getattr(operator, "op_kwargs", {}).values()]
        self.arguments[key] = [_fetched(value) for value in given]

    def watch_pulls(self, ti: Any, key: Key) -> None:
        """Note every XCom that a task pulls."""
        own, pulled = ti.xcom_pull, self.pulled.setdefault(key, [])

        def noted(*args: Any, **kwargs: Any) -> Any:
            value = own(*args, **kwargs)
            pulled.append(_fetched(value))
            return value

        replace(ti, "xcom_pull", noted)

    def watch_pokes(self, sensor: Any, key: Key) -> None:
        """Note every poke of a sensor."""
        own = sensor.poke

        def poke(context: Any) -> Any:
            self.pokes.setdefault(key, []).append(self.clock.now)
            return own(context)

        replace(sensor, "poke", poke)

    def watch_errors(self, operator: Any, name: str, key: Key) -> None:
        """Note what a method of an operator raises, unless it says something other than that it failed."""
        own = getattr(operator, name)

        def noted(context: Any, **kwargs: Any) -> Any:
            try:
                return own(context, **kwargs)
            except BaseException as error:  # a task timeout is no Exception since 2.8
                if not isinstance(error, airflow().NO_ERRORS):
                    self.error(key, error)
                raise

        # Airflow looks at this name to decide whether to pass its "called from a task" mark along.
        noted.__name__ = getattr(own, "__name__", name)
        replace(operator, name, noted)


def replace(target: Any, name: str, by: Any) -> None:
    """Put something in the place of an attribute of one object, which may not want it."""
    object.__setattr__(target, name, by)


def one_line(error: BaseException) -> str:
    """An error as a line of text."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_ERROR]


def _fetched(value: Any) -> Any:
    """A value as it is now: a lazy sequence of XComs reads the database, which will have forgotten them."""
    lazy = isinstance(value, Sequence) and type(value).__module__.startswith("airflow.")
    return list(value) if lazy else value
