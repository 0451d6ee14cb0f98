"""Runs a command as a child that never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_CLEAN_UP = 20


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """
    The command's exit code; or 128 + the number of the signal that told us to stop, or killed it.

    The child leads a session of its own, so that the terminal's Ctrl-C reaches us alone and we hand it on, once,
    however it came. It is then waited for, and nothing of its session is left behind.
    """
    stopped_by: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped_by.append(number)
        if child is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGINT)
            signal.alarm(SECONDS_TO_CLEAN_UP)

    def kill(_number: int = 0, _frame: FrameType | None = None) -> None:
        if child is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    child: subprocess.Popen[bytes] | None = None
    before = {number: signal.signal(number, stop) for number in STOPS} | {
        signal.SIGALRM: signal.signal(signal.SIGALRM, kill)
    }
    try:
        if not stopped_by:
            child = subprocess.Popen(command, env=environment, start_new_session=True)
            code = child.wait()
    finally:
        kill()
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if stopped_by:
        return 128 + stopped_by[0]
    return code if code >= 0 else 128 - code
