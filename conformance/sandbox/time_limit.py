"""
A limit in real time for what may never come to an end, such as the code of an operator that loops for ever.

What hangs is interrupted by an exception. What catches even that is left where it stands, if there is a way out.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

INTERRUPTIONS = 3
"""So often, once a second, code is interrupted before it is left where it stands."""

way_out: Callable[[BaseException], object] | None = None
"""Leaves the code that is running and raises an error in who called it; it just returns if it cannot."""

_missed = ""


class OutOfTime(BaseException):
    """
    The limit is over, or the code has given up for good.

    Like a KeyboardInterrupt no `Exception`, which code that hangs may well catch.
    """


@contextmanager
def at_most(seconds: float, message: str) -> Iterator[None]:
    """Raise OutOfTime with this message if the block is not done within so many seconds. Needs the main thread."""
    global _missed
    main = threading.current_thread()
    if main is not threading.main_thread():
        yield
        return
    over = threading.Event()
    interruptions = 0

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            # Not an alarm: Airflow sets that for itself wherever it parses a file, and then turns it off.
            signal.pthread_kill(main.ident or 0, signal.SIGUSR1)
            wait = 1.0

    def interrupt(*_: object) -> None:
        nonlocal interruptions
        global _missed
        if over.is_set():
            return
        _missed = message
        interruptions += 1
        if interruptions > INTERRUPTIONS and way_out:
            way_out(OutOfTime(message))
        check()

    before = signal.signal(signal.SIGUSR1, interrupt)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
        check()
    finally:
        over.set()
        watcher.join()
        signal.signal(signal.SIGUSR1, before)
        _missed = ""


def give_up(message: str) -> NoReturn:
    """End the block of `at_most` now, by an OutOfTime with this message; whoever catches it only puts it off."""
    global _missed
    _missed = message
    raise OutOfTime(message)


def check() -> None:
    """Raise OutOfTime if the limit is over, although somebody may have caught that before."""
    if _missed:
        raise OutOfTime(_missed)
