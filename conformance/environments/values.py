"""Where a repository keeps values that its DAGs ask for while they are imported: told if some were missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from conformance.errors import UserError
from conformance.folder.import_roots import up_to_the_root
from conformance.paths import from_here
from conformance.sandbox.given_values import CONNECTIONS, ENV_FILE, VARIABLES, names

_SORTS = (
    ("Variable", VARIABLES, ("*variables*.json",)),
    ("Connection", CONNECTIONS, ("*connections*.json",)),
    ("environment variable", ENV_FILE, (".env*", "*.env", "*env.example")),
)


def values_offered(folder: Path, missing: Collection[str]) -> list[str]:
    """
    A sentence for each sort of `missing` values (`Variable bucket`) that a file of the folder's repository has.

    Looked at are the files that go by the usual names, in the folder, in those above it, and directly below these. Of
    several, the one that has most is told.
    """
    places = up_to_the_root(folder.resolve())
    return [sentence for sort in _SORTS for sentence in _offered(places, *sort, missing=missing)]


def _offered(
    places: list[Path], sort: str, option: str, patterns: tuple[str, ...], *, missing: Collection[str]
) -> Iterator[str]:
    wanted = {name.removeprefix(f"{sort} ") for name in missing if name.startswith(f"{sort} ")}
    files = [
        file
        for place in places
        for depth in ("", "*/")
        for pattern in patterns
        for file in sorted(place.glob(depth + pattern))
    ]
    has = {file: len(wanted & _names(file, option)) for file in files} if wanted else {}
    most = max(has, key=lambda file: has[file], default=None)
    if most and has[most]:
        of_all = f"{has[most]} of the" if has[most] < len(wanted) else "all"
        number = f"{of_all} {len(wanted)} {sort}s that are" if len(wanted) > 1 else f"the {sort} that is"
        yield f"`{most.name}` has {number} missing: give it with {option} {from_here(most)}."


def _names(file: Path, option: str) -> set[str]:
    try:
        return names(file, option)
    except UserError:
        return set()
