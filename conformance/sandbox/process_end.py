"""
Code under test cannot end the process that judges it: a task or file that calls `os._exit` ends its case, as an error.
Nor can a thread that it leaves behind keep that process from its end.

What ends a process without Python's help, such as a crash in a C library, goes unseen here: whoever started the process
sees that it left no report.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from conformance.sandbox import time_limit

ENDING = ("_exit", "abort", "execv", "execve")
"""The functions of `os` after which nothing of a process runs any more; the others of the kind end in these."""

_watched: int | None = None
"""The process that judges a case just now. A child that it forked may end as it likes."""

_folder = Path()


@contextmanager
def refused(folder: Path) -> Iterator[None]:
    """In the block, whoever would end this process is told off; `folder` is that of the DAGs."""
    global _watched, _folder
    _watched, _folder = os.getpid(), folder
    try:
        with ExitStack() as stack:
            for name in ENDING:
                stack.enter_context(mock.patch.object(os, name, _REPLACED[name]))
            yield
    finally:
        _watched = None


@contextmanager
def no_thread_outlives_us() -> Iterator[None]:
    """While inside, whatever thread is started does not keep this process waiting for it when all else is done."""
    start = threading.Thread.start

    def started(thread: threading.Thread) -> None:
        thread.daemon = True
        start(thread)

    with mock.patch.object(threading.Thread, "start", started):
        yield


def _instead(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def ends(*arguments: Any, **named: Any) -> Any:
        # What a library does in a thread of its own, as execnet to end a worker, is not the code of a task.
        if os.getpid() == _watched and threading.current_thread() is threading.main_thread():
            said = ", ".join(map(repr, arguments if name == "_exit" else ()))
            time_limit.give_up(
                f"os.{name}({said}){_place()} would end the process, and the whole run with it, so this cannot be "
                "judged: let the code return or raise an error instead."
            )
        return original(*arguments, **named)

    return ends


_REPLACED = {name: _instead(name, getattr(os, name)) for name in ENDING}


def _place() -> str:
    """Where it is called, if that is in a file below the folder of the DAGs."""
    frame = sys._getframe(2)
    while frame:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_folder):
            return f" in {_folder.name}/{path.relative_to(_folder).as_posix()}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""
