"""Where the data lives: inside the package in an installed wheel, beside it in a checkout."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_ROOT = PACKAGE if (PACKAGE / "fixtures").is_dir() else PACKAGE.parent

PATTERNS = PACKAGE / "patterns"
DAGS = _ROOT / "dags"
FIXTURES = _ROOT / "fixtures"


_HERE = Path.cwd()
"""Where this process was started: code under test may go elsewhere."""


def told(path: Path) -> str:
    """
    A path as a report may tell it, for a shell: from where this process was started, or by its name alone: the way to
    elsewhere tells where this was.
    """
    way = os.path.relpath(_HERE / path, _HERE)
    return shlex.quote(path.name if way.startswith(os.pardir) else way)


def from_here(path: Path) -> str:
    """A path as the caller can give it in a shell, from where this process is."""
    return shlex.quote(min(os.path.relpath(path), str(path), key=len))


@contextmanager
def stay() -> Iterator[None]:
    """While inside, code may go to another folder; afterwards this process is back where it was."""
    here = os.getcwd()
    try:
        yield
    finally:
        os.chdir(here)
