"""For a while, in this process, what a DAG file asks for in vain is stood in for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import FrameType, ModuleType

from conformance.seam.bases import anything_mapped
from conformance.stand_ins import task_decorators
from conformance.stand_ins.asked import Asked
from conformance.stand_ins.classes import is_stand_in
from conformance.stand_ins.modules import StandInModules, forget
from conformance.stand_ins.users_code import Users


class Level(IntEnum):
    """How much is stood in for: nothing; what the file is not prepared to do without; whatever is missing."""

    nothing = 0
    needed = 1
    whatever = 2


@dataclass(frozen=True)
class StandIn:
    """Something that is missing: `kind` is "package", "Variable", "Connection", …; `place` is `dags/a.py:3`."""

    kind: str
    name: str
    place: str


@contextmanager
def standing_in(folder: Path, repository: Path, level: Level) -> Iterator[dict[tuple[str, str], StandIn]]:
    """
    While inside, stand in for what files below `repository` ask for in vain; yields what that was, by kind and name.

    Afterwards no module is left that knows a stand-in, so that the next file begins anew.
    """
    heard: dict[tuple[str, str], StandIn] = {}
    if level is Level.nothing:
        yield heard
        return
    users = Users(folder, repository)

    def note(kind: str, name: str, frame: FrameType) -> None:
        heard.setdefault((kind, name), StandIn(kind, name, users.told(frame)))

    modules = StandInModules(users, note, level is Level.whatever)
    before = set(sys.modules)
    sys.meta_path.append(modules)
    try:
        with (
            anything_mapped(is_stand_in),
            task_decorators.standing_in(users, note),
            Asked(users, note, level is Level.whatever).standing_in(),
        ):
            yield heard
    finally:
        sys.meta_path.remove(modules)
        forget()
        # First all, and then none: a folder without an __init__.py finds its own place by way of the folder above.
        for name in [name for name in set(sys.modules) - before if _is_of(users, sys.modules[name])]:
            del sys.modules[name]


def _is_of(users: Users, module: ModuleType) -> bool:
    """Whether a module is the user's; one that is a folder without an `__init__.py` has no file."""
    places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", [])]
    return any(map(users.owns, places))
