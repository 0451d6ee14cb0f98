"""The child processes of this one: what they must not hold open, and how they are ended with all that they started."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def end(pid: int) -> int:
    """Kill a child, and the group that it leads, before its number can be given to another; returns how it ended."""
    for kill in (os.killpg, os.kill):  # the second in case that it did not yet have a group of its own
        try:
            kill(pid, signal.SIGKILL)
        except OSError as error:
            if error.errno not in (errno.ESRCH, errno.EPERM):  # macOS says EPERM of a group of zombies
                raise
    return os.waitpid(pid, 0)[1]


def processors() -> int:
    """How many processors this process may use: so many children work at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fork_without_interrupts() -> int:
    """A child that Ctrl-C does not reach, not even before it can say so: it would go on as if it were its parent."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def die_with_the_parent() -> None:
    """Let this process be killed when its parent is, who can then end nobody (Linux; elsewhere this does nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def how_it_ended(status: int) -> str:
    """What `end` returns, in words."""
    if os.WIFSIGNALED(status):
        return f"was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exited with code {os.WEXITSTATUS(status)}"


class Answers:
    """What a child writes to a pipe, in lines of JSON."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._rest = b""

    def fileno(self) -> int:
        """For a selector."""
        return self._pipe

    def read(self) -> list[Any] | None:
        """What has come in whole lines; None if no more will come."""
        data = os.read(self._pipe, 1 << 16)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines] if data else None

    def close(self) -> None:
        """Hear no more."""
        os.close(self._pipe)


def keep_from_children(answer: int) -> None:
    """Keep a pipe from whatever this process forks: while that held it open, the end of this one would not be seen."""
    is_open = True

    def close() -> None:
        nonlocal is_open
        if is_open:  # a child of the child has inherited that it is not, and may have another file by that number
            os.close(answer)
            is_open = False

    os.register_at_fork(after_in_child=close)


class Orphans:
    """
    Kills, at the end, processes that left the child's group to live on (daemons).

    On Linux a process can ask to inherit the orphans below it; elsewhere this does nothing.
    """

    def __enter__(self) -> Orphans:
        self._before = _children()
        self._adopt(True)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._adopt(False)

    def end(self, but: Collection[int] = ()) -> None:
        """Kill those that there are, `but` for children that are still at work."""
        while orphans := _children() - self._before - {*but}:
            for pid in orphans:
                end(pid)

    def _adopt(self, adopt: bool) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)


def _children() -> set[int]:
    """Our child processes that are in another session than we are (Linux; elsewhere the empty set)."""
    if sys.platform != "linux":
        return set()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # the usual case, much cheaper than a look at every process
        return set()
    return {pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _is_child_apart(pid)}


def _is_child_apart(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:  # it has ended meanwhile
        return False
    parent, _, session = stat.rpartition(")")[2].split()[1:4]
    return int(parent) == os.getpid() and int(session) != os.getsid(0)
