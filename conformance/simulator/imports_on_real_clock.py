"""
Installed packages are imported by the real clock, whenever a DAG file or a task first asks for them.

freezegun puts a subclass in the place of `datetime`. A compiled module that is imported meanwhile derives its own
classes from that subclass, whose instances have another layout in memory than the compiled code counts on: with pandas,
Python then crashes in a garbage collection, or never comes back from the import. Packages that build models from
classes (pydantic) meet two classes where there should be one. So an import of what is installed sees time as it is,
and its modules are frozen afterwards, as freezegun freezes what it finds when it starts. Compiled modules keep the real
clock. The user's own modules (those beside the DAG files) see the simulated clock while they are imported, too.
"""

from __future__ import annotations

import datetime
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from freezegun import api

STANDARD = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
"""The folders of Python's own library."""

INSTALLED = {"site-packages", "dist-packages"}
"""What the folders are called into which packages are installed, whoever's they are."""

CLOCKS = "time", "monotonic", "perf_counter"
TIMES = *CLOCKS, *(f"{clock}_ns" for clock in CLOCKS), "gmtime", "localtime", "strftime"
FROZEN = {
    datetime: {"datetime": (api.real_datetime, api.FakeDatetime), "date": (api.real_date, api.FakeDate)},
    time: {name: (getattr(api, f"real_{name}"), getattr(api, f"fake_{name}")) for name in TIMES},
}
"""What freezegun replaces, by module and name: the real one, and its own."""

FAKES = {id(real): fake for names in FROZEN.values() for real, fake in names.values()}

_is_thawed = False


def thaw_imports() -> None:
    """From now on, what is installed is imported by the real clock; called once, for there is no way back."""
    for loader in SourceFileLoader, SourcelessFileLoader, ExtensionFileLoader:
        _thaw(loader, "exec_module", lambda module: getattr(module, "__spec__", None))
    _thaw(ExtensionFileLoader, "create_module", lambda spec: spec)  # some modules do everything when they are created


def _thaw(loader: type[Any], method: str, spec_of: Callable[[Any], Any]) -> None:
    load = getattr(loader, method)

    def load_by_the_real_clock(self: Any, module_or_spec: Any) -> Any:
        spec = spec_of(module_or_spec)
        if _is_thawed or not api.freeze_factories or not _is_installed(self, spec):
            return load(self, module_or_spec)
        with _by_the_real_clock():
            loaded = load(self, module_or_spec)
        if isinstance(module_or_spec, ModuleType):  # it was among the modules before its code ran
            _freeze(module_or_spec)
        return loaded

    setattr(loader, method, load_by_the_real_clock)


def _is_installed(loader: Any, spec: ModuleSpec | None) -> bool:
    """Whether a module is not the user's own. A compiled one never is: wherever it lies, it needs the real classes."""
    origin = (spec and spec.origin) or ""
    return (
        isinstance(loader, ExtensionFileLoader)
        or origin.startswith(STANDARD)
        or not INSTALLED.isdisjoint(Path(origin).parts)
    )


@contextmanager
def _by_the_real_clock() -> Iterator[None]:
    global _is_thawed
    before = set(sys.modules)
    _is_thawed = True
    _set(0)
    try:
        yield
    finally:
        _set(1)
        _is_thawed = False
        for name in set(sys.modules) - before:
            _freeze(sys.modules.get(name))


def _set(which: int) -> None:
    for module, names in FROZEN.items():
        for name, real_and_fake in names.items():
            setattr(module, name, real_and_fake[which])


def _freeze(module: ModuleType | None) -> None:
    """Give a module that has just been imported the simulated clock; compiled ones keep the real one."""
    spec = getattr(module, "__spec__", None)
    if module is None or isinstance(getattr(spec, "loader", None), ExtensionFileLoader):
        return
    for name, value in list(vars(module).items()):
        if fake := FAKES.get(id(value)):
            setattr(module, name, fake)
