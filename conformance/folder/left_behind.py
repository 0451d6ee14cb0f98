"""What a DAG file leaves behind whenever it is imported: written files, processes, threads, signal and log handlers."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from conformance.sandbox.network import users_line

_STARTED = {
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.fork": "starts a process",
    "os.posix_spawn": "starts a process",
}
_CHANGED = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
"""What Python announces before it is done, by the names of its audit events."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_NOT_THE_FILES = {signal.SIGUSR1, signal.SIGSEGV}
"""What the probe handles itself, and what Airflow 3 does while it reads a file."""

_left: dict[str, None] = {}


def listen(folder: Path) -> None:
    """From now on note it, and what is written below `folder`; in a child process, for there is no way back."""
    top = os.fspath(folder) + os.sep

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STARTED:
            _note(_STARTED[event])
        elif event == "open" or event in _CHANGED:
            path, flags = arguments[0], arguments[2] if event == "open" else _WRITES
            if isinstance(path, str) and flags & _WRITES and os.path.abspath(path).startswith(top):
                _note(f"writes to {os.path.relpath(path, folder.parent)}")

    def started(self: threading.Thread) -> None:
        _note("starts a thread")
        start(self)

    sys.addaudithook(hear)
    start = threading.Thread.start
    threading.Thread.start = started  # type: ignore[method-assign]
    _before.update(signals=_signals(), logs={*logging.getLogger().handlers})


def heard() -> tuple[str, ...]:
    """What was left behind so far, with its place where that is known: "starts a thread (dags/a.py:3)"."""
    changed = [number.name for number, handler in _signals().items() if handler != _before["signals"].get(number)]
    added = [handler for handler in logging.getLogger().handlers if handler not in _before["logs"]]
    handlers = [f"handles {name}" for name in changed] + [f"adds a {type(one).__name__} to all logs" for one in added]
    return (*_left, *handlers)


_before: dict[str, Any] = {}


def _signals() -> dict[signal.Signals, Any]:
    return {number: signal.getsignal(number) for number in signal.Signals if number not in _NOT_THE_FILES}


def _note(what: str) -> None:
    if line := users_line():
        _left[f"{what} ({line})"] = None
