"""
What the sandbox keeps from the code under test, told when it happens: other machines, mail, what nobody gave.

Code may swallow a refusal and go on with something else. Then that is what is rehearsed, and somebody has to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Hear = Callable[[str], object]

_listeners: list[Hear] = []


def tell(what: str, line: str | None) -> None:
    """Something was refused just now, or replaced by nothing; `line` is that of the user's code, if it is known."""
    for hear in _listeners:
        hear(f"{what} ({line})" if line else what)


def listen(hear: Hear) -> None:
    """From now on hear of it; in a child process, for there is no way back."""
    _listeners.append(hear)


@contextmanager
def listening(hear: Hear) -> Iterator[None]:
    """While inside, hear of what is refused: "reaches for example.com:443, which is refused (dags/a.py:3)"."""
    _listeners.append(hear)
    try:
        yield
    finally:
        _listeners.remove(hear)
