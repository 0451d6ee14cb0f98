"""Proves that the walls stand: rooms import downwards, and the inside of Airflow is touched in the seam alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.paths import PACKAGE
from workshop.selftest.processes import loaded_by

ROOT = PACKAGE.parent

FLOORS = (
    ("errors", "paths", "case"),
    ("files",),
    ("versions", "sandbox", "xcom_backend"),
    ("deviations",),
    ("seam",),
    ("stand_ins",),
    ("folder", "truth"),
    ("simulator", "roles"),
    ("patterns",),
    ("claims",),
    ("catalogue",),
    ("report", "explain"),
    ("discovery", "environments", "pytest_plugin"),
    ("upgrade",),
    ("cli",),
    ("workshop",),
)
"""The rooms, from the ground up. A room imports from floors below its own."""

FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

PARSES_DAG_FILES = {"conformance/folder/parse.py", "conformance/folder/probe.py", "conformance/folder/typical_dag.py"}
RUNS_INSIDE_AIRFLOW = {"conformance/xcom_backend.py"}
"""The backend that Airflow itself loads, by its setting."""

OTHERS_PRIVATE = {
    "_exit": "os",
    "_getframe": "sys",
    "_get_running_loop": "asyncio",
    "_set_running_loop": "asyncio",
    "_make_api_call": "botocore",
}
"""Private names that are not Airflow's, and whose they are."""

MODULES = sorted(path for name in ("conformance", "workshop") for path in (ROOT / name).rglob("*.py"))
PRODUCT = [path for path in MODULES if path.is_relative_to(PACKAGE)]


def name_of(path: Path) -> str:
    """A module as its place in the checkout."""
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    """The code of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a module imports, anywhere in it; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def room(module: str) -> str:
    """The room that a module of ours is in; empty for the package itself, which holds nothing but its version."""
    parts = module.split(".")
    return parts[0] if parts[0] == "workshop" else next(iter(parts[1:]), "")


def test_every_room_has_a_floor() -> None:
    """No room is left out of the list of floors, and none is on it that is not there."""
    rooms = {room(name_of(path).removesuffix(".py").replace("/", ".")) for path in MODULES} - {"__init__"}

    assert rooms == FLOOR.keys()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_rooms_import_downwards(path: Path) -> None:
    """A room knows those below it, and neither those above nor those beside it."""
    here = room(name_of(path).removesuffix(".py").replace("/", "."))
    ours = {room(name) for name in imported(path) if name.split(".")[0] in ("conformance", "workshop")} - {here}

    assert {other for other in ours & FLOOR.keys() if FLOOR[other] >= FLOOR[here]} == set()


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_airflow_is_imported_in_the_seam_alone(path: Path) -> None:
    """Airflow is imported in the seam, where DAG files are parsed, and by the backend that it loads itself."""
    may = name_of(path).startswith("conformance/seam/") or name_of(path) in PARSES_DAG_FILES | RUNS_INSIDE_AIRFLOW

    assert may or [name for name in imported(path) if name.split(".")[0] == "airflow"] == []


@pytest.mark.parametrize("path", PRODUCT, ids=name_of)
def test_private_names_of_airflow_stand_in_the_seam_alone(path: Path) -> None:
    """Outside of the seam a module uses its own private names, and a few of Python's and botocore's."""
    private = [
        node.attr
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]

    assert name_of(path).startswith("conformance/seam/") or set(private) <= OTHERS_PRIVATE.keys()


def test_the_simulator_knows_one_module_of_the_seam_for_both_lines() -> None:
    """What differs between the lines of Airflow is asked of `api.airflow()`, whichever line that is."""
    lines = ("conformance.seam.line2", "conformance.seam.line3", "conformance.seam.shared")
    outside = [path for path in PRODUCT if not name_of(path).startswith("conformance/seam/")]

    assert [name_of(path) for path in outside if any(name.startswith(lines) for name in imported(path))] == []


def test_preparing_to_parse_does_not_wait_for_the_simulator() -> None:
    """What a folder of DAGs is read with loads neither the simulator nor what it is made of."""
    heavy = {"airflow", "freezegun", "greenlet", "conformance.simulator", "pytest"}

    assert loaded_by("conformance.seam.before_simulation", "conformance.folder.survey") & heavy == set()


def test_no_module_is_taken_for_a_test() -> None:
    """No module of the kit has a name that pytest collects when it is started in somebody's environment."""
    assert [name_of(path) for path in PRODUCT if path.match("test_*.py") or path.match("*_test.py")] == []
