"""Where a repository keeps values that its DAGs ask for while they are imported: told if some were missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from conformance.errors import UserError
from conformance.folder.import_roots import up_to_the_root
from conformance.folder.missing import GIVEN_BY, value_kind
from conformance.paths import from_here
from conformance.sandbox.given_values import names

_CALLED = {
    "Variable": ("*variables*.json",),
    "Connection": ("*connections*.json",),
    "environment variable": (".env*", "*.env", "*env.example"),
}


def values_offered(folder: Path, missing: Collection[str]) -> list[str]:
    """
    A sentence for each sort of `missing` values (`Variable bucket`) that a file of the folder's repository has.

    Looked at are the files that go by the usual names, in the folder, in those above it, and directly below these. Of
    several, the one that has most is told.
    """
    places = up_to_the_root(folder.resolve())
    wanted = {kind: {name.removeprefix(f"{kind} ") for name in missing if value_kind(name) == kind} for kind in _CALLED}
    return [sentence for kind, some in wanted.items() if some for sentence in _offered(places, kind, some)]


def _offered(places: list[Path], kind: str, wanted: set[str]) -> Iterator[str]:
    patterns = [depth + called for depth in ("", "*/") for called in _CALLED[kind]]
    files = [file for place in places for pattern in patterns for file in sorted(place.glob(pattern))]
    has = {file: len(wanted & _names(file, GIVEN_BY[kind])) for file in files}
    most = max(has, key=lambda file: has[file], default=None)
    if most and has[most]:
        of_all = f"{has[most]} of the" if has[most] < len(wanted) else "all"
        number = f"{of_all} {len(wanted)} {kind}s that are" if len(wanted) > 1 else f"the {kind} that is"
        yield f"`{most.name}` has {number} missing: give it with {GIVEN_BY[kind]} {from_here(most)}."


def _names(file: Path, option: str) -> set[str]:
    try:
        return names(file, option)
    except UserError:
        return set()
