"""
Where the owner of a repository has its own packages: `from dags.common import x` works for whoever has the folder above
`dags` on the path. Such a folder is looked for when a file of the repository imports what is not installed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from conformance.stand_ins.users_code import Users

_FIRST = ("plugins", "config", "src")
"""Folders that are looked into before their neighbours: Airflow has the first two on its path itself."""


class ImportRoots(MetaPathFinder):
    """
    Finds top-level packages and modules in `places`, for files below `repository`; what is installed comes first.

    `found` says which name was found where outside the DAGs `folder`, which Airflow has on its path itself.
    """

    def __init__(self, folder: Path, repository: Path, places: Sequence[Path]) -> None:
        self.found: dict[str, Path] = {}
        self._folder = folder
        self._users = Users(folder, repository)
        self._places = places

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Python asks this before it looks on its own path; `path` is given for what is inside a package."""
        # A library may try what it can do without.
        if path is not None or self._users.importer(sys._getframe(1)) is None or self._is_installed(name):
            return None
        for place, spec in self._candidates(name):
            if place != self._folder:
                self.found[name] = place
            return spec
        return None

    def _candidates(self, name: str) -> Iterator[tuple[Path, ModuleSpec]]:
        """Modules and packages before folders without an `__init__.py`, which any folder of the name would be."""
        bare = []
        for place in self._places:
            spec = PathFinder.find_spec(name, [str(place)])
            if spec and spec.origin:
                yield place, spec
            elif spec and any((place / name).rglob("*.py")):
                bare.append((place, spec))
        yield from bare

    def _is_installed(self, name: str) -> bool:
        """Whether somebody else finds it. Any folder on the path is found as a package, such as one of the caller's."""
        others = (finder.find_spec(name, None) for finder in sys.meta_path if finder is not self)
        return any(spec and spec.origin for spec in others)


def look_there(folder: Path, pythonpath: Sequence[Path] = ()) -> ImportRoots:
    """
    From now on, in this process and in those that are forked from it, find what is missing in `pythonpath`, or else
    beside and above the DAGs `folder`.

    Looked at are the folder, each one above it up to the root of its repository (without one, the folder above), and
    what is directly in them.
    """
    for finder in [finder for finder in sys.meta_path if isinstance(finder, ImportRoots)]:
        sys.meta_path.remove(finder)
    above = up_to_the_root(folder)
    roots = ImportRoots(folder, above[-1], pythonpath or [place for base in above for place in (base, *_inside(base))])
    sys.meta_path.insert(sys.meta_path.index(PathFinder), roots)
    return roots


def found() -> dict[str, Path]:
    """Which name was found where outside the DAGs folder, in this process."""
    return {
        name: place for roots in sys.meta_path if isinstance(roots, ImportRoots) for name, place in roots.found.items()
    }


def told(imports: Mapping[tuple[str, str], int]) -> list[str]:
    """What was found where (name, place relative to the DAGs folder), by how many files: a sentence for each place."""
    places: dict[str, list[str]] = {}
    for (name, place), files in sorted(imports.items()):
        verb = "1 file imports" if files == 1 else f"{files} files import"
        places.setdefault(place, []).append(f"{verb} `{name}`")
    called = {"..": "the folder's parent"}
    return [f"Imports from {called.get(place, place)}, because {' and '.join(said)}." for place, said in places.items()]


def up_to_the_root(folder: Path) -> list[Path]:
    """The folder and those above it, as far as they belong to it."""
    above = [folder, *folder.parents]
    for count, place in enumerate(above, 1):
        if (place / ".git").exists():
            return above[:count]
    return above[:2] if len(above) > 2 else above[:1]  # never the root of the file system


def _inside(base: Path) -> list[Path]:
    """The folders directly in one that may be on a path: not hidden, no environment, no package but Airflow's."""
    try:
        inside = [place for place in base.iterdir() if place.is_dir() and not place.name.startswith((".", "__"))]
    except OSError:
        return []
    rank = {name: number for number, name in enumerate(_FIRST)}
    kept = (place for place in inside if not (place / "pyvenv.cfg").exists() and place.name != "node_modules")
    on_a_path = (place for place in kept if place.name in _FIRST or not (place / "__init__.py").exists())
    return sorted(on_a_path, key=lambda place: (rank.get(place.name, len(rank)), place.name))
