"""What goes on in the process of one DAG file: items are run, and whoever started it is told what came of each."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from conformance.folder.children import Orphans, die_with_the_parent, keep_from_children
from conformance.pytest_plugin.silence import silence

if TYPE_CHECKING:
    from conformance.sandbox.home import Home

PARENTS = RECORDER, LOOP = "conformance-recorder", "conformance-file-by-file"
"""The plugins that are the parent's alone, by their names."""


def judge_and_tell(session: pytest.Session, items: Sequence[pytest.Item], answer: int, home: Home) -> NoReturn:
    """Run items in this process, a fork, and end it; `answer` is a pipe for what is told."""
    code = 1
    pipe = os.fdopen(answer, "w", closefd=False)
    teller = Teller(session.config, pipe)
    try:
        os.setsid()
        die_with_the_parent()
        keep_from_children(answer)
        _be_quiet(session)
        home.go_on_with_copy()
        with Orphans():
            session.config.pluginmanager.register(teller)
            for item, following in zip_longest(items, items[1:]):
                teller.tell("begins")
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                teller.tell("finishes")
                if session.shouldfail or session.shouldstop:
                    break
            teller.tell("is done")
        code = 0
    except BaseException as error:  # such as a KeyboardInterrupt that a task raises, which pytest hands on
        teller.tell("raises", type(error).__name__)
    finally:
        os._exit(code)


class Teller:
    """Writes what the parent is to hear, a line of JSON each."""

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


def _be_quiet(session: pytest.Session) -> None:
    """Leave it to the parent to show anything; what the tests print goes to files of this process."""
    config = session.config
    silence(config).pytest_sessionstart(session)
    for name in PARENTS:
        config.pluginmanager.unregister(name=name)
    if capturing := config.pluginmanager.getplugin("capturemanager"):
        capturing.stop_global_capturing()
        capturing.start_global_capturing()
