"""Runs commands as children that never outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType

from conformance.environments.build import kit

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_CLEAN_UP = 20


def running(module: str) -> tuple[str, str]:
    """
    How a Python is told to run a module as a program, and not to import from the current folder.

    `-m` would: a `sched.py` there would take the place of Python's own. The switch against it is new in 3.11.
    """
    clean = "import runpy, sys; sys.path[:] = filter(None, sys.path)"
    return "-c", f"{clean}; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"


# The caller's own test suite (its pytest settings, conftest.py, cache folder) has no part in a verification.
# The plugin is named because the environments we build know the kit only by PYTHONPATH, without its entry points.
VERIFY = (
    *running("pytest"),
    "--pyargs",
    "conformance.patterns",
    "-p",
    "conformance.pytest_plugin.plugin",
    "-p",
    "no:cacheprovider",
    "-c",
    os.devnull,
    "--rootdir",
    ".",
    "--noconftest",
    "--conformance-quiet",
)
"""What a Python is told to check DAGs."""


def environment_of(python: Path) -> dict[str, str]:
    """What a child has in its environment: all that the caller has but his wishes for his own tests, and our kit."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    if python != Path(sys.executable):
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(kit()), environment.get("PYTHONPATH"))))
    return environment


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command alone; see `run_children`."""
    return run_children([command], environment)[0]


def run_children(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], outputs: Sequence[Path] = ()
) -> list[int]:
    """
    The exit codes of commands run side by side; or 128 + the number of the signal that told us to stop, or killed one.

    Each child leads a session of its own, so that the terminal's Ctrl-C reaches us alone and we hand it on, once,
    however it came. They are then waited for, and nothing of their sessions is left behind. With `outputs`, what each
    says goes to a file and not to the terminal.
    """
    stopped_by: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped_by.append(number)
        for child in children:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGINT)
        signal.alarm(SECONDS_TO_CLEAN_UP)

    def kill(_number: int = 0, _frame: FrameType | None = None) -> None:
        for child in children:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    children: list[subprocess.Popen[bytes]] = []
    before = {number: signal.signal(number, stop) for number in STOPS} | {
        signal.SIGALRM: signal.signal(signal.SIGALRM, kill)
    }
    try:
        with ExitStack() as files:
            for number, command in enumerate(commands):
                if not stopped_by:
                    out = files.enter_context(outputs[number].open("wb")) if outputs else None
                    children.append(
                        subprocess.Popen(command, env=environment, start_new_session=True, stdout=out, stderr=out)
                    )
            codes = [child.wait() for child in children]
    finally:
        kill()
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if stopped_by:
        return [128 + stopped_by[0]] * len(commands)
    return [code if code >= 0 else 128 - code for code in codes]
