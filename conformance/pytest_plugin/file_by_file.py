"""
Judge the cases of each DAG file in a process of their own, as many at a time as there are processors.

Airflow gives each file a process, and so do we: a file that ends its process, hangs, or changes what all share, does so
alone. The processes are forks of this one, which has everything ready that takes long: Airflow, its Execution API, and
all that these make when they are first used.
"""

from __future__ import annotations

import gc
import os
import selectors
import threading
from collections import deque
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from conformance.case import case_of
from conformance.folder.children import Answers, Orphans, end, fork_without_interrupts, how_it_ended, processors
from conformance.pytest_plugin.items import about, is_simulated, subject
from conformance.pytest_plugin.judge import KEY, recorded
from conformance.pytest_plugin.outcomes_kept import LASTING, OutcomesKept, OutcomesOfFile
from conformance.pytest_plugin.process_of_file import judge_and_tell
from conformance.report.progress import real_seconds
from conformance.report.verdict import Outcome
from conformance.sandbox.time_limit import OutOfTime

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest
    from conformance.sandbox.home import Home

GRACE = 5.0
"""So many seconds more than a case may take a process may say nothing: meanwhile the case is interrupted there."""


MATTER = ("case-timeout", "advice-fails", "no-stand-ins", "plugins-folder")
"""The options on which an outcome depends, besides what is given."""


def file_by_file(config: pytest.Config, tested: UnderTest, home: Home) -> FileByFile:
    """The loop over the items of a session, as its options want it."""
    forgets = config.getoption("--no-cache") or config.getoption("--baseline")
    kept = None if forgets else OutcomesKept(tested, [config.getoption(f"--{name}") for name in MATTER])
    wanted = config.getoption("--processes")
    at_once = processors() if wanted is None else max(1, wanted)
    return FileByFile(tested, home, at_once, config.getoption("--case-timeout"), kept)


def can_fork() -> bool:
    """
    Whether this process can be forked: a thread of somebody else might hold what a fork then waits for for ever.

    To be asked before Airflow is made ready, which starts one that does nothing while nobody asks it.
    """
    return hasattr(os, "fork") and threading.active_count() == 1


@dataclass
class Child:
    """
    A process that judges some items of one file: how many of them it `began`, and whether it said that it `is_done`.

    It `is_gone` when it says no more, and `late` when it has said nothing for too long. `outcomes` are those that are
    kept of the file, if any are; `reports` those of the item that it is at.
    """

    pid: int
    answers: Answers
    items: list[pytest.Item]
    outcomes: OutcomesOfFile | None
    began: int = 0
    is_done: bool = False
    is_gone: bool = False
    late: bool = False
    heard: float = field(default_factory=real_seconds)
    raised: str = ""
    reports: list[dict[str, Any]] = field(default_factory=list)

    @property
    def item(self) -> pytest.Item:
        """The item that it is at."""
        return self.items[self.began - 1]

    @property
    def rest(self) -> list[pytest.Item]:
        """What it has not judged, from the item on in which it ended."""
        return [] if self.is_done else self.items[max(self.began - 1, 0) :]


@dataclass(eq=False)
class FileByFile:
    """
    The loop over the items of a session, by so many `processes`, with so many `seconds` for each case.

    `kept` is where outcomes are kept, if they are.
    """

    tested: UnderTest
    home: Home
    processes: int
    seconds: float
    kept: OutcomesKept | None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Judge what is simulated in processes, unless it is known, and all else as pytest does."""
        apart = [item for item in session.items if is_simulated(item)]
        if session.testsfailed or session.config.option.collectonly or not apart or not can_fork():
            return None
        here = [item for item in session.items if not is_simulated(item)]
        for item, following in zip_longest(here, here[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            _stop_if_wanted(session)
        files: dict[str, list[pytest.Item]] = {}
        for item in apart:
            file = self.tested.file_of(subject(item))
            files.setdefault(file.path if file else "", []).append(item)
        left = [items for items in (self._not_known(session, items) for items in files.values()) if items]
        if left:
            self._make_ready()
            # The largest first, so that none is left to itself in the end.
            self._judge(session, deque(sorted(left, key=len, reverse=True)))
        if self.kept:
            self.kept.bound()
        return True

    def _not_known(self, session: pytest.Session, items: list[pytest.Item]) -> list[pytest.Item]:
        """The items of one file of which it is not kept what came of them; the others are reported again."""
        outcomes = self._outcomes_of(items)
        left = []
        for item in items:
            if not (outcomes and self._is_known(item, outcomes)):
                left.append(item)
            _stop_if_wanted(session)
        return left

    def _is_known(self, item: pytest.Item, outcomes: OutcomesOfFile) -> bool:
        """Whether it is kept what came of an item: it is reported again."""
        try:
            reports = [_as_cached(item, data) for data in outcomes.get(self._place(item))]
        except Exception:  # somebody else wrote it, whatever it is
            return False
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        return bool(reports)

    def _place(self, item: pytest.Item) -> str:
        assert self.kept
        case = case_of(getattr(item, "function", None))
        return self.kept.place(item.nodeid, case.id if case else "", subject(item))

    def _outcomes_of(self, items: list[pytest.Item]) -> OutcomesOfFile | None:
        """What is kept of the one file that items are about."""
        file = self.tested.file_of(subject(items[0]))
        return self.kept.of(file) if self.kept and file else None

    def _make_ready(self) -> None:
        from conformance.pytest_plugin.case_simulator import simulator
        from conformance.simulator.warm_up import warm_up

        simulator(self.tested)
        self.home.keep_a_copy()
        warm_up()
        gc.collect()
        gc.freeze()  # what stays need not be copied to each process because its garbage collector looks at it

    def _judge(self, session: pytest.Session, waiting: deque[list[pytest.Item]]) -> None:
        running: dict[int, Child] = {}
        with Orphans() as orphans, selectors.DefaultSelector() as selector:
            try:
                while waiting or running:
                    while waiting and len(running) < self.processes:
                        child = self._started(session, waiting.popleft())
                        running[child.pid] = child
                        selector.register(child.answers, selectors.EVENT_READ, child)
                    for key, _ in selector.select(1.0):
                        self._hear(session, key.data)
                    for child in running.values():
                        child.late = not child.is_gone and real_seconds() > child.heard + self.seconds + GRACE
                    for child in [child for child in running.values() if child.is_gone or child.late]:
                        selector.unregister(child.answers)
                        del running[child.pid]
                        if rest := self._ended(child):
                            waiting.appendleft(rest)
                        orphans.end(but=running)
                    _stop_if_wanted(session)
            finally:
                for child in running.values():
                    end(child.pid)
                    self.home.remove_copy_of(child.pid)

    def _started(self, session: pytest.Session, items: list[pytest.Item]) -> Child:
        answer, its_end = os.pipe()
        pid = fork_without_interrupts()
        if pid == 0:
            os.close(answer)
            judge_and_tell(session, items, its_end, self.home)
        os.close(its_end)
        return Child(pid, Answers(answer), items, self._outcomes_of(items))

    def _hear(self, session: pytest.Session, child: Child) -> None:
        """Read what a child says, and hand it to whoever would hear of it if the items were run here."""
        child.heard = real_seconds()
        said = child.answers.read()
        for kind, *told in said or ():
            if kind == "begins":
                child.began += 1
                child.reports = []
                child.item.ihook.pytest_runtest_logstart(nodeid=child.item.nodeid, location=child.item.location)
            elif kind == "report":
                child.reports += told
                child.item.ihook.pytest_runtest_logreport(report=_report(session.config, told[0]))
            elif kind == "finishes":
                self._keep(child)
                child.item.ihook.pytest_runtest_logfinish(nodeid=child.item.nodeid, location=child.item.location)
            elif kind == "raises":
                child.raised = told[0]
            else:
                child.is_done = True
        child.is_gone = said is None

    def _keep(self, child: Child) -> None:
        """Keep what came of an item, unless it ran code that may do something else the next time."""
        if child.outcomes is None or bool(getattr(subject(child.item), "asked_for", "")):
            return
        records = [said for report in child.reports for key, said in report["user_properties"] if key == KEY]
        if records and all(Outcome(record["outcome"]) in LASTING for record in records):
            child.outcomes.keep(self._place(child.item), child.reports)

    def _ended(self, child: Child) -> list[pytest.Item]:
        """A process is gone: what is left of its items, without the one that ended it, which is an error."""
        status = end(child.pid)
        child.answers.close()
        if child.outcomes:
            child.outcomes.write()
        self.home.remove_copy_of(child.pid)
        if not child.rest:
            return []
        guilty, *rest = child.rest
        if child.late:
            why = f"could not be judged within {self.seconds:g} s, and nothing interrupts it"
        else:
            how = f"was ended by a {child.raised}" if child.raised else how_it_ended(status)
            why = f"cannot be judged, for the process that simulates it {how}"
        cause = "look in its file and operators for what ends or blocks a process"
        _is_an_error(guilty, f"{about(guilty)} {why}: {cause}.")
        return rest


def _as_cached(item: pytest.Item, data: dict[str, Any]) -> pytest.TestReport:
    """A report as it was, whose record says that it is of an earlier run."""
    properties = [(key, {**said, "cached": True} if key == KEY else said) for key, said in data["user_properties"]]
    report = _report(item.config, {**data, "user_properties": properties})
    assert isinstance(report, pytest.TestReport)
    assert report.nodeid == item.nodeid
    recorded(report)
    return report


def _report(config: pytest.Config, data: dict[str, Any]) -> Any:
    """The report that plain data tells of, which stays as it is: pytest would put objects into it."""
    own = deepcopy(data)
    if isinstance(own.get("longrepr"), list):  # where and why an item was skipped is a tuple, which JSON has not
        own["longrepr"] = tuple(own["longrepr"])
    return config.hook.pytest_report_from_serializable(config=config, data=own)


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
