"""The child processes of this one: what they must not hold open, and how they are ended with all that they started."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from pathlib import Path

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

    def __enter__(self) -> None:
        self._before = _children()
        self._adopt(True)

    def __exit__(self, *_: object) -> None:
        while orphans := _children() - self._before:
            for pid in orphans:
                end(pid)
        self._adopt(False)

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
