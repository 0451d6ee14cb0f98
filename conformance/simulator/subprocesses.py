"""
The scripts that tasks start as processes of their own: what happens beside Airflow, on the same simulated clock.

A real process would live in real time, and would not find the mocked AWS. So a script that a case speaks of runs in
this process instead, beside the tasks, and every other program is started as ever.

    with aws() as cloud, scripts() as plans:
        plans["sum_up.py"] = None
        run = simulate("orders", execute=True)
"""

from __future__ import annotations

import math
import runpy
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from conformance.simulator import task_switcher as hubs
from conformance.simulator.task_switcher import Hub

Plans = dict[str, Callable[..., Any] | None]
"""By the name of its file, what a script does with the arguments of its command line; None: what its `main` does."""


@contextmanager
def scripts() -> Iterator[Plans]:
    """While inside, `subprocess` starts the scripts that are planned beside the tasks. A plan is good until changed."""
    plans: Plans = {}
    own = subprocess.Popen.__init__

    def init(popen: Any, args: Any, *rest: Any, **options: Any) -> None:
        command = list(map(str, args)) if isinstance(args, (list, tuple)) else []
        place = next((n for n, word in enumerate(command) if Path(word).name in plans), None)
        hub = hubs.active()
        if place is None or hub is None:
            own(popen, args, *rest, **options)
            return
        script = Path(command[place])
        popen.args, popen.stdin, popen.stdout, popen.stderr, popen.returncode = args, None, None, None, None
        Process(hub, popen, script, plans[script.name], command[place + 1 :])

    with mock.patch.object(subprocess.Popen, "__init__", init):
        yield plans


class Process:
    """A script that was started, under itself as the key in the hub; `popen` is what its starter has of it."""

    def __init__(
        self, hub: Hub[Any], popen: Any, script: Path, work: Callable[..., Any] | None, arguments: list[str]
    ) -> None:
        self._hub = hub
        self._popen = popen
        self._script = script
        self._work = work
        self._arguments = arguments
        self._waiting: list[Any] = []
        popen.pid = None  # nobody may signal another process by mistake
        popen.poll, popen.wait, popen.communicate = self._poll, self._wait, self._communicate
        popen.send_signal = self._send_signal
        hub.launch(self, self._run)

    def _run(self) -> None:
        code = 1
        try:
            work = self._work or runpy.run_path(str(self._script))["main"]
            work(*self._arguments)
            code = 0
        except Exception:  # the code of a script may raise anything: a real one prints it, and ends with 1
            traceback.print_exc()
        self._end(code)

    def _end(self, code: int) -> None:
        self._popen.returncode = code
        for key in self._waiting:
            self._hub.wake(key)

    def _send_signal(self, signal: int) -> None:
        if self._poll() is None:
            self._hub.stop(self)
            self._end(-signal)

    def _poll(self) -> int | None:
        return self._popen.returncode  # type: ignore[no-any-return]

    def _wait(self, timeout: float | None = None) -> int | None:
        key = self._hub.current()
        self._waiting.append(key)
        try:
            if self._poll() is None:
                self._hub.sleep(math.inf if timeout is None else timeout)
        finally:
            self._waiting.remove(key)
        if self._poll() is None:
            raise subprocess.TimeoutExpired(self._popen.args, timeout or 0)
        return self._poll()

    def _communicate(self, input: Any = None, timeout: float | None = None) -> tuple[None, None]:
        self._wait(timeout)
        return None, None
