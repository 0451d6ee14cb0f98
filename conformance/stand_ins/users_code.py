"""Which line of the user's code is asking, and whether it is prepared for not getting an answer."""

from __future__ import annotations

import ast
import builtins
import sys
import sysconfig
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType

_HERE = Path(__file__).parent
_KIT = _HERE.parent
"""As the kit is imported here: maybe by a link."""
_ON_THE_WAY = "airflow/utils/deprecation_tools.py"
"""By which Airflow 2 finds what has gone to a provider under its old name."""
_PYTHONS = Path(sysconfig.get_path("stdlib"))
_INSTALLED = {"site-packages", "dist-packages"}

Note = Callable[[str, str, FrameType], None]
"""Hears what is stood in for: its kind, its name, and where it is asked for."""


class Users:
    """The files below `repository` that are the user's own. `told` is relative to the parent of the DAGs `folder`."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self._folder = folder
        self._repository = repository

    def frames(self) -> Iterator[FrameType]:
        """Every call in progress that is written in one of them, the innermost first."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if self.owns(frame.f_code.co_filename):
                yield frame
            frame = frame.f_back

    def importer(self, frame: FrameType | None) -> FrameType | None:
        """The call that is importing something, from the call `frame` on, if it is one of them."""
        while frame is not None and _imports(frame.f_code.co_filename):
            frame = frame.f_back
        return frame if frame is not None and self.owns(frame.f_code.co_filename) else None

    def owns(self, file: str) -> bool:
        """Whether a file is the user's."""
        return Path(file).is_relative_to(self._repository) and not _INSTALLED.intersection(Path(file).parts)

    def told(self, frame: FrameType) -> str:
        """`dags/a.py:7`."""
        file = Path(frame.f_code.co_filename)
        above = self._folder.parent if file.is_relative_to(self._folder.parent) else self._repository
        return f"{file.relative_to(above).as_posix()}:{frame.f_lineno}"


def is_prepared(frame: FrameType, errors: frozenset[str]) -> bool:
    """Whether the line that a frame is at is in a `try` that handles one of the errors, or every one."""
    return any(
        first <= frame.f_lineno <= last and (not handled or handled & errors)
        for first, last, handled in _tries(frame.f_code.co_filename)
    )


def names_from_nowhere(file: str) -> list[str]:
    """The names that a file uses and nobody gives it: what its `from x import *` has to give."""
    used: set[str] = set()
    given = set(dir(builtins))
    for node in _nodes(file):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else given).add(node.id)
        elif isinstance(node, ast.arg):
            given.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            given |= {(name.asname or name.name).partition(".")[0] for name in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            given.add(node.name)
    return sorted(used - given)


def has_metaclass(file: str, line: int) -> bool:
    """Whether the class that a line of a file begins names its metaclass."""
    return any(keyword.arg == "metaclass" for node in _classes(file, line) for keyword in node.keywords)


def makes_tasks(file: str, line: int) -> bool:
    """Whether the class that a line of a file begins says what a task of it does."""
    methods = (node for found in _classes(file, line) for node in found.body if isinstance(node, ast.FunctionDef))
    return any((node.name, len(node.args.args)) in {("execute", 2), ("poke", 2)} for node in methods)


def is_theirs(frame: FrameType) -> bool:
    """Whether a call is written in a file that is neither installed nor Python's own, nor the kit's."""
    file = Path(frame.f_code.co_filename)
    return not _INSTALLED.intersection(file.parts) and not any(map(file.is_relative_to, (_PYTHONS, _KIT)))


def _classes(file: str, line: int) -> list[ast.ClassDef]:
    """The class that a line of a file begins."""
    classes = (node for node in _nodes(file) if isinstance(node, ast.ClassDef))
    return [node for node in classes if node.lineno <= line < node.body[0].lineno or node.lineno == line]


@cache
def _tries(file: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    """First and last line of each `try`, and the names of what it handles: none if it handles everything."""
    return tuple(
        (node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno, _handled(node.handlers))
        for node in _nodes(file)
        if isinstance(node, ast.Try) and node.handlers
    )


def _nodes(file: str) -> Iterator[ast.AST]:
    """Everything that is written in a file; nothing if it cannot be read."""
    try:
        yield from ast.walk(ast.parse(Path(file).read_bytes()))
    except (OSError, SyntaxError, ValueError):
        return


def _handled(handlers: list[ast.ExceptHandler]) -> frozenset[str]:
    if any(handler.type is None for handler in handlers):
        return frozenset()
    kinds = [kind for handler in handlers if handler.type for kind in getattr(handler.type, "elts", [handler.type])]
    return frozenset(getattr(kind, "id", getattr(kind, "attr", "")) for kind in kinds)


def _imports(file: str) -> bool:
    """Whether a file is part of how an import is carried out, and not where one is written."""
    return "importlib" in file or file.endswith(_ON_THE_WAY) or Path(file).parent == _HERE
