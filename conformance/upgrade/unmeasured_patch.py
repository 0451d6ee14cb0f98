"""A patch of Airflow on which nobody measured the specification: whether simulated runs work there at all."""

from __future__ import annotations

from pathlib import Path

from conformance import __version__
from conformance.environments.child import VERIFY, environment_of, run_children
from conformance.environments.other_patches import Released
from conformance.errors import UserError
from conformance.report.record import Outcome, read
from conformance.versions import Pin, measured

CASES = ("ANY-002", "RETRY-001", "ASYNC-001", "CHAIN-005")
"""Together they play every kind of task that the reference DAGs have, failures, deferrals, and both depths."""


def refuse_unless_it_works(pin: Pin, python: Path, room: Path) -> None:
    """
    Rehearse the reference DAGs on a patch other than the measured one of its minor, once for each environment.

    Raises UserError where that breaks, or a reference DAG does not do what it does on every measured Airflow: the same
    would be told of the user's DAGs, as if an upgrade changed it.
    """
    works = python.parent.parent / f".works-with-{__version__}"
    if not isinstance(pin, Released) or works.exists():
        return
    report, said = (room / f"{pin.version}.reference.{kind}" for kind in ("jsonl", "txt"))
    cases = [option for case in CASES for option in ("--case", case)]
    command = [str(python), *VERIFY, *cases, "--report", str(report)]
    (code,) = run_children([command], environment_of(python), [said])
    if code >= 128:
        return  # somebody stopped us, and what comes next sees to that
    if why := _broken(report, said):
        raise UserError(
            f"No DAG can be rehearsed on Airflow {pin.version}, because simulated runs of the reference DAGs break "
            f"there ({why}): choose another patch of it, such as {measured(pin.version)}, the measured one."
        )
    works.touch()


def _broken(report: Path, said: Path) -> str:
    """What breaks in the reference DAGs; empty if nothing does."""
    if not report.exists():
        return (said.read_text(errors="replace").strip().splitlines() or ["it ended without a word"])[-1]
    wrong = (one for one in read(report).records if one.outcome in (Outcome.error, Outcome.failed))
    return next((f"{one.subject}: {one.message.partition(chr(10))[0]}" for one in wrong), "")
