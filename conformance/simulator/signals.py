"""
The signals that end a process go on ending it: a task of Airflow would take one for itself, and keep it, and code may
raise the error of the other by itself, which is no wish of whoever started the process.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

_interrupted = False


def interrupted() -> bool:
    """Whether a KeyboardInterrupt is one: somebody has pressed Ctrl-C while a simulation was in progress."""
    return _interrupted


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

    with _ctrl_c_noted(), mock.patch.object(signal, "signal", handled):
        yield


@contextmanager
def _ctrl_c_noted() -> Iterator[None]:
    """While inside, remember that the signal came, and do what is done with it."""
    before = signal.getsignal(signal.SIGINT)

    def interrupt(number: int, frame: Any) -> Any:
        global _interrupted
        _interrupted = True
        return before(number, frame) if callable(before) else None

    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
