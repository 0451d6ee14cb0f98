"""Modules that are not installed, stood in for when a file of the user's imports them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from conformance.stand_ins.classes import stand_in
from conformance.stand_ins.users_code import Note, Users, is_prepared, names_from_nowhere

VERSION = "99.0.0"
"""What a missing package says that its version is: code that asks takes the newest way."""
_HANDLERS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_PROVIDERS = "airflow.providers."
FAMILIES = frozenset({"apache", "atlassian", "cncf", "common", "dbt", "microsoft"})
"""Folders of `airflow.providers` that hold providers, and are none."""


class StandInModules(MetaPathFinder, Loader):
    """
    Found when nothing else finds a module, if the user's code imports it and does not say what to do without it.

    What belongs to Airflow itself is never stood in for, nor a module that is missing in a package that is there.
    """

    def __init__(self, users: Users, note: Note, whatever: bool) -> None:
        self._users = users
        self._note = note
        self._whatever = whatever

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Python asks this last."""
        parent = name.rpartition(".")[0]
        is_inside = isinstance(sys.modules.get(parent), StandInModule)
        if not is_inside and parent and not _is_provider(name) and not _is_bare(parent):
            return None
        importer = self._users.importer(sys._getframe())
        if not is_inside and (importer is None or (not self._whatever and is_prepared(importer, _HANDLERS))):
            return None
        if importer is not None and not _is_family(name) and (not is_inside or _is_family(parent)):
            self._note("package", name, importer)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty one."""
        return StandInModule(spec.name, self._users)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it until it is asked for."""


class StandInModule(ModuleType):
    """A module that has whatever is asked for."""

    __version__ = VERSION

    def __init__(self, name: str, users: Users) -> None:
        super().__init__(name, "A stand-in.")
        self._users = users
        self.__path__: list[str] = []
        self.__file__ = f"<stand-in for {name}>"

    def __getattr__(self, name: str) -> Any:
        if name == "__all__" and (importer := self._users.importer(sys._getframe())):
            return names_from_nowhere(importer.f_code.co_filename)
        if name.startswith("__"):
            raise AttributeError(name)
        made = stand_in(self.__name__, name)
        setattr(self, name, made)
        return made


def forget() -> None:
    """Remove all of them from the modules that Python keeps."""
    for name, module in list(sys.modules.items()):
        if isinstance(module, StandInModule):
            del sys.modules[name]
            parent, _, last = name.rpartition(".")
            vars(sys.modules.get(parent, module)).pop(last, None)


def _is_family(package: str) -> bool:
    return package.startswith(_PROVIDERS) and package.removeprefix(_PROVIDERS) in FAMILIES


def _is_bare(package: str) -> bool:
    """Whether a package is only a folder that several distributions share, such as `google.cloud`; Airflow's is not."""
    module = sys.modules.get(package)
    return module is not None and getattr(module, "__file__", None) is None and package.partition(".")[0] != "airflow"


def _is_provider(name: str) -> bool:
    """`airflow.providers.x`, and `airflow.providers.x.y` where x is a family of providers, such as `apache`."""
    if not name.startswith(_PROVIDERS):
        return False
    family, _, rest = name.removeprefix(_PROVIDERS).partition(".")
    return "." not in rest and (not rest or f"{_PROVIDERS}{family}" in sys.modules)
