"""What is imported while the clock stands: what is installed, by the real clock; the user's own, by the simulated."""

from __future__ import annotations

import datetime
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from freezegun import api

from conformance.simulator.clock import EPOCH, standing

MODULE = """
import datetime
from datetime import date
from time import time

class Day(datetime.date):
    pass

born = datetime.datetime.now()
"""


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ModuleType, ModuleType]]:
    """One module, imported twice while the clock stands: as an installed one, and as the user's own."""
    names = "thaw_installed", "thaw_own"
    for name, folder in zip(names, (tmp_path / "site-packages", tmp_path / "dags"), strict=True):
        folder.mkdir()
        (folder / f"{name}.py").write_text(MODULE)
        monkeypatch.syspath_prepend(str(folder))
    with standing(EPOCH):
        yield importlib.import_module(names[0]), importlib.import_module(names[1])
    for name in names:
        del sys.modules[name]


def test_what_is_installed_derives_from_real_classes(imported: tuple[ModuleType, ModuleType]) -> None:
    """An installed module is made by the real clock: its classes have the layout that compiled code counts on."""
    installed, own = imported

    assert installed.Day.__mro__[1] is api.real_date
    assert installed.born.year > EPOCH.year
    assert own.Day.__mro__[1] is api.FakeDate
    assert own.born.replace(tzinfo=datetime.timezone.utc) == EPOCH


def test_both_are_frozen_afterwards(imported: tuple[ModuleType, ModuleType]) -> None:
    """Once imported, an installed module sees the simulated clock as every other."""
    for module in imported:
        assert module.time() == EPOCH.timestamp()
        assert module.date.today() == EPOCH.date()
        assert module.datetime.datetime.now().replace(tzinfo=datetime.timezone.utc) == EPOCH


def test_an_import_that_fails_leaves_the_clock_frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that does not import does not leave the real clock behind."""
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/thaw_broken.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))

    with standing(EPOCH) as clock:
        with pytest.raises(ZeroDivisionError):
            importlib.import_module("thaw_broken")

        assert clock.now == EPOCH
        assert datetime.datetime is api.FakeDatetime
