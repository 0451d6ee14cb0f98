"""The signal that ends a process goes on ending it: a task of Airflow would take it for itself, and keep it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock


@contextmanager
def left_as_they_are() -> Iterator[None]:
    """
    While inside, Airflow gets no handler of its own for SIGTERM. Other code does.

    On a worker the process is the task's, and its supervisor sends it the signal. Here it is the caller's: the handler
    would end the one try that goes on just now, or nothing at all, for Airflow leaves it in place after a task.
    """
    handle = signal.signal

    def handled(number: Any, handler: Any) -> Any:
        asks = sys._getframe(1).f_globals.get("__name__", "")
        if number == signal.SIGTERM and asks.partition(".")[0] == "airflow":
            return signal.getsignal(number)
        return handle(number, handler)

    with mock.patch.object(signal, "signal", handled):
        yield
