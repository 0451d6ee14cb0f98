"""Runs the rehearsals of a folder on two Airflows side by side, and tells what changes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from conformance.claims import reader
from conformance.environments import providers
from conformance.environments.child import VERIFY, environment_of, run_children
from conformance.environments.other_patches import find
from conformance.errors import UserError
from conformance.files import write
from conformance.folder.children import processors
from conformance.folder.survey import read as read_folder
from conformance.paths import DAGS
from conformance.report.record import Outcome, read
from conformance.report.show import show
from conformance.report.verdict import COULD_NOT_TELL
from conformance.upgrade import tables
from conformance.upgrade.compare import Seen, compare
from conformance.upgrade.terminal import print_upgrade
from conformance.upgrade.unmeasured_patch import refuse_unless_it_works
from conformance.versions import Pin

SIMPLEST = "ANY-002"
"""The rehearsal in which nothing happens: where it breaks for every DAG, the fault is not with a DAG."""


@dataclass(frozen=True)
class Side:
    """One Airflow and its files: the report, the survey, the tables, what it says otherwise."""

    pin: Pin
    python: Path
    report: Path
    survey: Path
    tables: Path
    said: Path


def upgrade(
    versions: tuple[str, str],
    folder: Path | None,
    requirements: Path | None,
    options: Sequence[str],
    html: Path | None,
    data: Path | None,
    imported: Collection[str] = (),
) -> int:
    """
    The exit code: 0 nothing changes, 1 something does, 2 nothing seems to, and of something it could not be told, 128
    and more: interrupted. `imported` are distributions of providers to install where they can be had. Raises UserError.
    """
    pins = [find(version) for version in versions]
    if pins[0] == pins[1]:
        raise UserError(f"--from and --to are both Airflow {pins[0].version}: name two versions.")
    with tempfile.TemporaryDirectory(prefix="airflow-conformance-") as room:
        sides = [_side(pin, requirements, imported, Path(room)) for pin in pins]
        dags = ["--dags", str(folder)] if folder else []
        commands = [_command(side, [*dags, *options]) for side in sides]
        codes = run_children(commands, environment_of(sides[0].python), [side.said for side in sides])
        if max(codes) >= 128:
            return max(codes)
        old, new = (seen(side) for side in sides)
        if not (old.folder.dags or new.folder.dags):
            raise UserError(
                "No file imports on either Airflow, so there is nothing to compare: mend the imports, "
                "or name what they need with --requirements."
            )
        path = (folder or DAGS) / reader.FILE
        found = compare(old, new, reader.read(path).claims if path.exists() else ())
        if html:
            show([side.report for side in sides], {"html": html}, False, "")
    if data:
        write(data, json.dumps(found.as_data(), indent=2) + "\n")
    print_upgrade(found, Console(highlight=False))
    return 1 if found.changes else COULD_NOT_TELL if found.untold else 0


def _side(pin: Pin, requirements: Path | None, imported: Collection[str], room: Path) -> Side:
    python = providers.ensure(pin, imported, requirements)
    refuse_unless_it_works(pin, python, room)
    files = (room / f"{pin.version}.{name}" for name in ("jsonl", "json", "tables", "txt"))
    return Side(pin, python, *files)


def _command(side: Side, options: Sequence[str]) -> list[str]:
    plugin = (
        "-p",
        "conformance.upgrade.survey_plugin",
        "--survey-to",
        str(side.survey),
        "--tables-to",
        str(side.tables),
    )
    processes = max(1, processors() // 2)  # two sides are looked at at once
    return [
        *(str(side.python), *VERIFY, *plugin, *options),
        *("--report", str(side.report), "--processes", str(processes)),
    ]


def seen(side: Side) -> Seen:
    """What came of one side. Raises UserError if that says nothing of the DAGs."""
    if not (side.report.exists() and side.survey.exists()):
        said = side.said.read_text(errors="replace").strip().splitlines() or ["it ended without a word"]
        raise UserError(f"On Airflow {side.pin.version}: {said[-1].removeprefix('airflow-conformance: ')}")
    report = read(side.report)
    simplest = [record for record in report.records if record.case == SIMPLEST]
    if simplest and all(record.outcome is Outcome.error for record in simplest):
        why = simplest[0].message.partition("\n")[0]
        raise UserError(f"No DAG can be rehearsed on Airflow {side.pin.version} ({why}): choose another patch of it.")
    return Seen(read_folder(side.survey), report, tables.read(side.tables))
