"""Proves that the list of what is replaced is whole, and that all of it is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from pkgutil import resolve_name

import pytest

from conformance.paths import PACKAGE
from conformance.versions import holds, pins
from workshop.replaced_page import Replaced, groups

ROOT = PACKAGE.parent
REPLACED = [one for group in groups() for one in group.replaced]
ELSEWHERE = {"aiobotocore"}
"""Packages that not every environment has."""

OF_PYTEST = {"basetemp", "exitstatus"}
"""What the plugin sets of pytest's own, which is made to be set."""

NOT_REPLACED = {
    "conformance/seam/shared/retries.py": {"*"},  # a date of a row that is never written
    "conformance/seam/line3/no_database.py": {"has_section"},  # while Airflow's own function is called, once
    "conformance/simulator/task_switcher.py": {"way_out"},  # of a module of ours
    # What stands in for something that is not there replaces nothing.
    "conformance/stand_ins/classes.py": {"*"},
    "conformance/stand_ins/modules.py": {"*"},
    "conformance/stand_ins/value.py": {"*", "__wrapped__"},
}
"""What a module sets, and is no replacement."""


def replaced_in(code: str) -> Iterator[str]:
    """Every name that a module sets in something it imports from elsewhere; "*" if the name is computed."""
    tree = ast.parse(code)
    foreign = {
        (name.asname or name.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        if not (getattr(node, "module", "") or "").startswith("conformance")
        for name in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            parts = (part for target in node.targets for part in ast.walk(target))
            yield from (part.attr for part in parts if isinstance(part, ast.Attribute) and _root(part) in foreign)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called == "setattr" or called.endswith("patch.object"):
                yield _text(node.args[1])
            elif called.endswith("patch.dict"):
                yield ast.unparse(node.args[0]).rpartition(".")[2]


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "*"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_replacement_is_listed(path: Path) -> None:
    """What a module sets in Airflow, in Python or in a library is on the list, under that module."""
    where = path.relative_to(ROOT).as_posix()
    listed = {part for one in REPLACED if one.where == where for name in one.what for part in name.split(".")}
    found = set(replaced_in(path.read_text(encoding="utf-8"))) - listed - OF_PYTEST - NOT_REPLACED.get(where, set())

    assert found - ({"*"} if listed else set()) == set()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import time\ntime.sleep = print", "sleep"),
        ("from airflow import settings\nsettings.Session.registry = 1", "registry"),
        ("from airflow.models import DagRun\nsetattr(DagRun, 'start_date', 1)", "start_date"),
        ("import os\nfrom unittest import mock\nmock.patch.object(os, '_exit', print)", "_exit"),
        ("import os\nfrom unittest import mock\nmock.patch.dict(os.environ, {})", "environ"),
    ],
)
def test_a_replacement_is_found(code: str, name: str) -> None:
    """Each way to replace something is seen."""
    assert name in set(replaced_in(code))


@pytest.mark.parametrize("one", REPLACED, ids=lambda one: one.what[0])
def test_what_is_listed_is_in_place(one: Replaced) -> None:
    """Each entry is of some versions, and its module names what it replaces."""
    code = (ROOT / one.where).read_text(encoding="utf-8")

    assert any(holds(one.airflow, pin.version) for pin in pins())
    assert all(sentence.endswith(".") for sentence in (one.why, one.trust))
    assert any(part in code for name in one.what for part in name.split(".")[-2:])


NAMES = [
    name
    for one in REPLACED
    if holds(one.airflow, metadata.version("apache-airflow"))
    for name in one.what
    if "." in name and name.partition(".")[0] not in ELSEWHERE
]


@pytest.mark.parametrize("name", sorted({*NAMES}))
def test_what_is_replaced_is_there(name: str, sandbox: None) -> None:
    """On the installed Airflow each thing that the list names exists."""
    owner, _, attribute = name.rpartition(".")

    assert hasattr(resolve_name(owner), attribute)
