"""The options of the plugin. Imported with every pytest start."""

from __future__ import annotations

from pathlib import Path

import pytest


def add(group: pytest.OptionGroup) -> None:
    """Add all of them to a group of pytest's."""
    group.addoption(
        "--dags", type=Path, metavar="FOLDER", help="check the DAGs in FOLDER instead of the reference DAGs"
    )
    group.addoption("--claims", type=Path, metavar="FILE", help="read claims from FILE instead of FOLDER/claims.toml")
    group.addoption(
        "--import-timeout", type=_seconds, default=30.0, metavar="SECONDS", help="give each DAG file this long (30)"
    )
    group.addoption(
        "--case-timeout", type=_seconds, default=120.0, metavar="SECONDS", help="give each case this long (120)"
    )
    group.addoption(
        "--report", type=Path, metavar="FILE", help="write one JSON line per checked case to FILE; exit 0, 1, 2"
    )
    group.addoption("--conformance-quiet", action="store_true", help="print our matrix only, nothing of pytest's own")
    group.addoption("--variables", type=Path, metavar="FILE", help="Airflow Variables for the DAGs, as JSON or .env")
    group.addoption("--connections", type=Path, metavar="FILE", help="Airflow Connections for the DAGs, likewise")
    group.addoption("--advice-fails", action="store_true", help="let advice fail the run, as everything else does")
    group.addoption(
        "--baseline", action="store_true", help="write in the claims file that what fails today is tolerated"
    )
    group.addoption(
        "--execute", action="store_true", help="let all tasks run their own code, too: AWS mocked, no network"
    )
    group.addoption("--case", action="append", default=[], metavar="ID", help="only this case; may be repeated")
    group.addoption("--dag", action="append", default=[], metavar="DAG_ID", help="only this DAG; may be repeated")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds
