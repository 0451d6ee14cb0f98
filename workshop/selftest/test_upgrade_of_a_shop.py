"""Upgrades a shop's nightly pipeline, and sees what changes for it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance.paths import FIXTURES
from workshop.selftest import processes

pytestmark = [pytest.mark.at_the_newest, pytest.mark.timeout(400), pytest.mark.xdist_group("upgrade")]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the shop."""
    room = tmp_path_factory.mktemp("upgrade")
    shutil.copytree(FIXTURES / "shop", room / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    return room


@pytest.fixture(scope="module")
def done(room: Path) -> subprocess.CompletedProcess[str]:
    """The upgrade."""
    before = {file: file.read_bytes() for file in (room / "shop").rglob("*")}
    options = ("--json", "upgrade.json", "--html", "upgrade.html")
    done = processes.command("upgrade", "--from", "2.11", "--to", "3.3", "shop", *options, cwd=room)
    assert {file: file.read_bytes() for file in (room / "shop").rglob("*")} == before
    return done


@pytest.fixture(scope="module")
def data(done: subprocess.CompletedProcess[str], room: Path) -> Any:
    """What changes."""
    assert done.returncode == 1, done.stderr
    return json.loads((room / "upgrade.json").read_text())


def test_what_stops_importing(data: Any) -> None:
    """Imports and arguments that are gone are told, with what the old Airflow says to use."""
    errors = {one["file"]: one["after"] for one in data["stop"]}
    (orders,) = (one["advice"] for one in data["stop"] if one["file"] == "orders.py")

    assert {file: error.partition(" (")[0].partition(": ")[2] for file, error in errors.items()} == {
        "orders.py": "No module named 'airflow.operators.dummy'",
        "prices.py": "DAG.__init__() got an unexpected keyword argument 'fail_stop'",
        "stock_levels.py": "DAG.__init__() got an unexpected keyword argument 'schedule_interval'",
    }
    assert ["Please use" in line for line in orders] == [True, True, False, True]
    assert orders[0].endswith("`'airflow.operators.empty.EmptyOperator'`. (shop/orders.py:6)")


def test_rehearsals_that_end_differently(data: Any) -> None:
    """In a group mapped over a result 2.11 skips the join, which hides a failure before it; 3.3 does not."""
    failures = {one["subject"] for one in data["rehearsals"] if one["case"] == "ANY-003"}

    assert {(one["dag"], one["after"]["outcome"]) for one in data["rehearsals"]} == {("deliveries", "passed")}
    assert failures == {"deliveries:route.bicycle", "deliveries:route.choose", "deliveries:route.truck"}


def test_schedules_that_change(data: Any) -> None:
    """Implicit catch-up is off, and runs are no more for the stretch before them but for their moment."""
    changed = {(one["dag"], one["what"]): (one["before"], one["after"]) for one in data["structure"]}

    assert {dag for dag, what in changed if what == "catchup"} == {"reports", "supplier_files"}
    assert changed["newsletter", "first runs"] == (
        "2024-01-02 06:00 for 2024-01-01 06:00 to 2024-01-02 06:00; 2024-01-03 06:00 for 2024-01-02 06:00 to "
        "2024-01-03 06:00",
        "2024-01-01 06:00 for that moment; 2024-01-02 06:00 for that moment",
    )
    assert {what for _, what in changed} == {"timetable", "catchup", "first runs"}


def test_deviations_that_touch_it(data: Any) -> None:
    """What 3.3 is known to do is told of the sensor, of the task that defers, and of the branch in a mapped group."""
    told: dict[str, list[str]] = {}
    for one in data["deviations"]:
        if one["airflow"].startswith("3.3"):
            told.setdefault(one["dag"], []).extend(one["cases"])

    assert "BRANCH-007" in told.pop("deliveries")
    assert told == {"supplier_files": ["SENSOR-006"], "warehouse_export": ["ASYNC-007", "RETRY-014"]}


def test_what_stays_the_same(data: Any, done: subprocess.CompletedProcess[str], room: Path) -> None:
    """Two DAGs behave the same; the page has both versions."""
    assert data["same"] == ["invoices", "refunds"]
    assert done.stdout.splitlines()[-1].startswith("2 DAGs behave the same, in ")
    assert "2.11.2" in (page := (room / "upgrade.html").read_text())
    assert "3.3.2" in page


def test_a_folder_that_imports_on_neither(tmp_path: Path) -> None:
    """Where no file imports on either Airflow there is nothing to compare: one sentence and exit 2."""
    dags = processes.write_files(tmp_path / "dags", {"a.py": "# airflow dag\nimport no_such_module\n"})

    done = processes.command("upgrade", "--from", "2.11", "--to", "3.3", dags.name, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "airflow-conformance: No file imports on either Airflow, so there is nothing to compare: mend the imports, "
        "or name what they need with --requirements."
    )
