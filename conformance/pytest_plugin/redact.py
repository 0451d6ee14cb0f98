"""
What is taken out of a message, and what is never taken out of one: states, trigger rules, ids, and our own words.

Without these a report does not say what happened, and they tell nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from conformance.folder.survey import Folder
from conformance.paths import PACKAGE
from conformance.report.scrub import scrubber
from conformance.sandbox import env
from conformance.sandbox.given_values import Given
from conformance.truth.rules import rules

_OF_TASKS = ("skipped", "upstream_failed", "removed", "scheduled", "deferred", "up_for_retry", "up_for_reschedule")
STATES = frozenset({"success", "failed", "queued", "running", "restarting", "shutdown", "none", "mixed", *_OF_TASKS})
"""What a run or a task instance can be, or, in our words, several of them."""

WRITERS = ("patterns/*.py", "sandbox/*.py", "folder/*.py", "simulator/run.py", "simulator/simulation.py")
"""The modules whose words messages are made of."""


def hide(text: str, given: Given, folder: Folder) -> str:
    """The text without the values that were given."""
    return given.hide(text, _fixed(folder.ids), _our_words()) if given.secrets else text


def scrub(text: str, folder: Folder) -> str:
    """The text without what tells of this machine."""
    return _scrubber(folder.path, folder.ids)(text)


@lru_cache(maxsize=1)
def _scrubber(folder: Path, ids: frozenset[str]) -> Callable[[str], str]:
    # What the sandbox sets is the same everywhere, and pytest's own variable changes all the time.
    ours = {*env.foreign(os.environ), "PYTEST_CURRENT_TEST"}
    values = {name: value for name, value in os.environ.items() if name not in ours}
    return scrubber(folder, values, left=_fixed(ids))


@lru_cache(maxsize=1)
def _fixed(ids: frozenset[str]) -> frozenset[str]:
    return STATES | rules().keys() | ids


@lru_cache(maxsize=1)
def _our_words() -> frozenset[str]:
    texts = (path.read_text(encoding="utf-8") for pattern in WRITERS for path in PACKAGE.glob(pattern))
    return frozenset(word for text in texts for word in re.findall(r"[A-Za-z]+", text))
