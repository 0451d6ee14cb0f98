"""Proves that a patch of Airflow on which the reference DAGs break is refused, before anything is told of a user's."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.environments.other_patches import Released
from conformance.errors import UserError
from conformance.report.record import Outcome, Record
from conformance.upgrade import unmeasured_patch
from conformance.versions import Pin, find
from workshop.selftest.samples import FAILED, PASSED, report

DEADLOCK = replace(FAILED, case="ANY-002", subject="any_dag", message="any_dag: run running after 10m (deadlock)\n  x")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of an environment."""
    (tmp_path / "environment" / "bin").mkdir(parents=True)
    return tmp_path / "environment" / "bin" / "python"


def other_patch(of: str, version: str) -> Pin:
    """A pin of another patch than the measured one of a minor."""
    pin = find(of)
    return Released(pin.minor, version, pin.released_before, pin.pythons)


def ended_with(tmp_path: Path, records: tuple[Record, ...] | None, code: int, calls: list[list[str]]) -> Any:
    """What starts a child that writes these records, or ends before it writes any."""

    def run_children(commands: Any, _environment: Any, outputs: list[Path]) -> list[int]:
        (command,) = commands
        calls.append(command)
        outputs[0].write_text("starting\nImportError: no\n")
        if records is not None:
            (tmp_path / "other").mkdir(exist_ok=True)
            report(tmp_path / "other", *records, airflow="3.0.2")
            shutil.move(tmp_path / "other" / "3.0.2.jsonl", command[-1])
        return [code]

    return run_children


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ((PASSED, DEADLOCK), "any_dag: any_dag: run running after 10m (deadlock)"),
        ((replace(DEADLOCK, outcome=Outcome.error, message="TypeError: no"),), "any_dag: TypeError: no"),
        (None, "ImportError: no"),
    ],
)
def test_a_patch_on_which_the_reference_dags_break_is_refused(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: tuple[Record, ...] | None, why: str
) -> None:
    """It is one sentence, which says what breaks and which patch is measured; the next time it is tried again."""
    monkeypatch.setattr(unmeasured_patch, "run_children", ended_with(tmp_path, records, 1, []))

    for _ in range(2):
        with pytest.raises(UserError, match=rf"on Airflow 3\.0\.2, .* \({re.escape(why)}\): .* 3\.0\.6, the measured"):
            unmeasured_patch.refuse_unless_it_works(other_patch("3.0", "3.0.2"), python, tmp_path)


def test_a_patch_on_which_they_do_not_is_tried_once(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What passes is not tried again in the same environment, and the cases are those that play every kind of task."""
    calls: list[list[str]] = []
    monkeypatch.setattr(unmeasured_patch, "run_children", ended_with(tmp_path, (PASSED,), 0, calls))

    for _ in range(2):
        unmeasured_patch.refuse_unless_it_works(other_patch("3.0", "3.0.5"), python, tmp_path)

    assert [command.count("--case") for command in calls] == [len(unmeasured_patch.CASES)]


@pytest.mark.parametrize("version", [pytest.param("3.0.6", id="measured"), pytest.param("3.0.5", id="stopped")])
def test_what_is_not_told_of(python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    """The measured patch is not tried; a person who stops the trial is not told that the patch does not work."""
    calls: list[list[str]] = []
    monkeypatch.setattr(unmeasured_patch, "run_children", ended_with(tmp_path, None, 130, calls))
    pin = find(version) if version == find("3.0").version else other_patch("3.0", version)

    unmeasured_patch.refuse_unless_it_works(pin, python, tmp_path)

    assert len(calls) == (version == "3.0.5")
    assert [file for file in python.parent.parent.iterdir() if file.name.startswith(".works")] == []
