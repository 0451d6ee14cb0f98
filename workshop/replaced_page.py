"""The page `docs/what-is-replaced.md`, from the table in the seam."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.files import read_toml
from conformance.paths import PACKAGE
from conformance.report.views.markdown import table

PAGE = PACKAGE.parent / "docs" / "what-is-replaced.md"

_TOP = """
# What is replaced

A simulated run is Airflow's own code on a clock that jumps. The things below, of Airflow and of its libraries, are
replaced meanwhile. Each line says why, and what a run can no longer show because of it.

This page is written by `python -m workshop.docs` from `conformance/seam/replaced.toml`. A self-test finds replacements
that are not listed. Do not edit it.
"""


@dataclass(frozen=True)
class Replaced:
    """
    One thing that is replaced: `what` by its dotted names, by which of our modules (`where`), and `why`.

    `airflow` is a version range, empty for every version. `trust` says what a run can no longer show because of it.
    """

    what: tuple[str, ...]
    where: str
    why: str
    trust: str
    airflow: str = ""


@dataclass(frozen=True)
class Group:
    """Things of one kind that are replaced, and what is to say of them all."""

    name: str
    about: str
    replaced: tuple[Replaced, ...]


def groups() -> tuple[Group, ...]:
    """Return everything that is replaced, in the order of the page."""
    data = read_toml(PACKAGE / "seam" / "replaced.toml")
    return tuple(
        Group(one["name"], one["about"], tuple(Replaced(**{**r, "what": tuple(r["what"])}) for r in one["replaced"]))
        for one in data["group"]
    )


def written() -> str:
    """Return the text of the page."""
    parts = [_TOP.strip()]
    for group in groups():
        heads = ("What", "On Airflow", "Why", "What a run cannot show", "By")
        parts += [f"## {group.name}", group.about, table(heads, map(_row, group.replaced))]
    return "\n\n".join(parts) + "\n"


def _row(one: Replaced) -> tuple[str, ...]:
    what = "<br>".join(f"`{name}`" for name in one.what)
    by = f"[{Path(one.where).name}](../{one.where})"
    return what, f"`{one.airflow}`" if one.airflow else "all", one.why, one.trust, by
