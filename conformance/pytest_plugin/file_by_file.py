"""
Judge the cases of each DAG file in a process of their own, as many at a time as there are processors.

Airflow gives each file a process, and so do we: a file that ends its process, hangs, or changes what all share, does so
alone. The processes are forks of this one, which has everything ready that takes long: Airflow, its Execution API, and
all that these make when they are first used.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from conformance.case import case_of
from conformance.folder.children import (
    Answers,
    Orphans,
    die_with_the_parent,
    end,
    fork_without_interrupts,
    how_it_ended,
    keep_from_children,
)
from conformance.pytest_plugin.silence import silence
from conformance.report.progress import real_seconds
from conformance.sandbox.time_limit import OutOfTime

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest
    from conformance.sandbox.home import Home

GRACE = 5.0
"""So many seconds more than a case may take a process may say nothing: meanwhile the case is interrupted there."""


def at_most(wanted: int | None) -> int:
    """How many processes there are at a time: one for each processor unless another number is wanted."""
    return max(1, len(os.sched_getaffinity(0)) if wanted is None and hasattr(os, "sched_getaffinity") else wanted or 1)


def can_fork() -> bool:
    """
    Whether this process can be forked: a thread of somebody else might hold what a fork then waits for for ever.

    To be asked before Airflow is made ready, which starts one that does nothing while nobody asks it.
    """
    return hasattr(os, "fork") and threading.active_count() == 1


@dataclass
class Child:
    """A process that judges some items, the last of which it `began`; `is_done` if it said that it has no more."""

    pid: int
    answers: Answers
    items: list[pytest.Item]
    began: int = 0
    is_done: bool = False
    heard: float = field(default_factory=real_seconds)
    late: bool = False

    @property
    def rest(self) -> list[pytest.Item]:
        """What it has not judged, from the item on in which it ended."""
        return [] if self.is_done else self.items[max(self.began - 1, 0) :]


class FileByFile:
    """
    The loop over the items of a session.

    `about` names what an item is about, `file_of` tells the DAG file; items with the same one go to one process.
    """

    def __init__(
        self,
        tested: UnderTest,
        home: Home,
        processes: int,
        seconds: float,
        file_of: Callable[[pytest.Item], str],
        about: Callable[[pytest.Item], str],
    ) -> None:
        self._tested = tested
        self._home = home
        self._processes = processes
        self._seconds = seconds
        self._file_of = file_of
        self._about = about

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Judge our cases in processes, and the others as pytest does."""
        ours = [item for item in session.items if case_of(getattr(item, "function", None))]
        if session.testsfailed or session.config.option.collectonly or not ours or not can_fork():
            return None
        others = [item for item in session.items if not case_of(getattr(item, "function", None))]
        for item, following in zip_longest(others, others[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            _stop_if_wanted(session)
        self._make_ready(ours)
        files: dict[str, list[pytest.Item]] = {}
        for item in ours:
            files.setdefault(self._file_of(item), []).append(item)
        # The largest first, so that none is left to itself in the end.
        self._judge(session, deque(sorted(files.values(), key=len, reverse=True)))
        return True

    def _make_ready(self, items: list[pytest.Item]) -> None:
        simulates = any("simulate" in getattr(item, "fixturenames", ()) for item in items)
        if simulates:
            from conformance.pytest_plugin.case_simulator import simulator
            from conformance.simulator.warm_up import warm_up

            simulator(self._tested)
        self._home.keep_a_copy()
        if simulates:
            warm_up()
        gc.collect()
        gc.freeze()  # what stays need not be copied to each process because its garbage collector looks at it

    def _judge(self, session: pytest.Session, waiting: deque[list[pytest.Item]]) -> None:
        running: dict[int, Child] = {}
        with Orphans() as orphans, selectors.DefaultSelector() as selector:
            try:
                while waiting or running:
                    while waiting and len(running) < self._processes:
                        child = self._started(session, waiting.popleft())
                        running[child.pid] = child
                        selector.register(child.answers, selectors.EVENT_READ, child)
                    for key, _ in selector.select(1.0):
                        self._hear(session, key.data)
                    for child in [child for child in running.values() if self._is_over(child)]:
                        selector.unregister(child.answers)
                        del running[child.pid]
                        if rest := self._ended(child):
                            waiting.appendleft(rest)
                        orphans.end(but=running)
                    _stop_if_wanted(session)
            finally:
                for child in running.values():
                    end(child.pid)
                    self._home.remove_copy_of(child.pid)

    def _started(self, session: pytest.Session, items: list[pytest.Item]) -> Child:
        answer, its_end = os.pipe()
        pid = fork_without_interrupts()
        if pid == 0:
            os.close(answer)
            self._be_the_child(session, items, its_end)
        os.close(its_end)
        return Child(pid, Answers(answer), items)

    def _hear(self, session: pytest.Session, child: Child) -> None:
        """Read what a child says, and hand it to whoever would hear of it if the items were run here."""
        child.heard = real_seconds()
        said = child.answers.read()
        for kind, *told in said or ():
            item = child.items[child.began - 1]
            if kind == "begins":
                child.began += 1
                item = child.items[child.began - 1]
                item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            elif kind == "report":
                report = session.config.hook.pytest_report_from_serializable(config=session.config, data=told[0])
                item.ihook.pytest_runtest_logreport(report=report)
            elif kind == "finishes":
                item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
            else:
                child.is_done = True
        if said is None:
            child.heard = float("-inf")

    def _is_over(self, child: Child) -> bool:
        child.late = 0 < child.heard < real_seconds() - self._seconds - GRACE
        return child.late or child.heard < 0

    def _ended(self, child: Child) -> list[pytest.Item]:
        """A process is gone: what is left of its items, without the one that ended it, which is an error."""
        status = end(child.pid)
        child.answers.close()
        self._home.remove_copy_of(child.pid)
        if not child.rest:
            return []
        guilty, *rest = child.rest
        about = self._about(guilty)
        if child.late:
            why = f"{about} could not be judged within {self._seconds:g} s, and nothing interrupts it"
        else:
            why = f"{about} cannot be judged, for the process that simulates it {how_it_ended(status)}"
        _is_an_error(guilty, f"{why}: look in its file and operators for what ends or blocks a process.")
        return rest

    def _be_the_child(self, session: pytest.Session, items: list[pytest.Item], answer: int) -> NoReturn:
        code = 1
        try:
            os.setsid()
            die_with_the_parent()
            keep_from_children(answer)
            _be_quiet(session, self)
            self._home.go_on_with_copy()
            with Orphans(), os.fdopen(answer, "w", closefd=False) as pipe:
                teller = _Teller(session.config, pipe)
                session.config.pluginmanager.register(teller)
                for item, following in zip_longest(items, items[1:]):
                    teller.tell("begins")
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                    teller.tell("finishes")
                    if session.shouldfail or session.shouldstop:
                        break
                teller.tell("is done")
            code = 0
        finally:
            os._exit(code)


class _Teller:
    """Writes in a child what its parent is to hear."""

    def __init__(self, config: pytest.Config, pipe: Any) -> None:
        self._config = config
        self._pipe = pipe

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A report, as plain data."""
        self.tell("report", self._config.hook.pytest_report_to_serializable(config=self._config, report=report))

    def tell(self, *what: Any) -> None:
        """One line."""
        self._pipe.write(json.dumps(what, default=str) + "\n")
        self._pipe.flush()


def _be_quiet(session: pytest.Session, loop: FileByFile) -> None:
    """Leave it to the parent to show anything; what the tests print goes to files of this process."""
    config = session.config
    silence(config).pytest_sessionstart(session)
    for plugin in loop, *_recorders(config):
        config.pluginmanager.unregister(plugin)
    if capturing := config.pluginmanager.getplugin("capturemanager"):
        capturing.stop_global_capturing()
        capturing.start_global_capturing()


def _recorders(config: pytest.Config) -> Iterator[object]:
    from conformance.pytest_plugin.recorder import Recorder

    yield from [plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, Recorder)]


def _is_an_error(item: pytest.Item, why: str) -> None:
    """Report of an item, in the place of its process, why it could not be judged."""

    def ended() -> NoReturn:
        raise OutOfTime(why)

    call = pytest.CallInfo.from_call(ended, "call")
    item.ihook.pytest_runtest_logreport(report=item.ihook.pytest_runtest_makereport(item=item, call=call))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _stop_if_wanted(session: pytest.Session) -> None:
    """As pytest's own loop does after each item."""
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)
