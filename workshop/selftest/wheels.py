"""A package index that is a folder: a wheel of each release, and sources of what cannot be built."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

_NOT_BUILT = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": 'def build_wheel(*_): raise SystemExit("no compiler")\n',
}


def fill(folder: Path, releases: Mapping[str, Collection[str]], not_built: Collection[str] = ()) -> Path:
    """Write a wheel for each release, such as "core 2", with what it needs; of those `not_built`, sources alone."""
    for release, needs in releases.items():
        name, version = release.replace("-", "_").split()
        described = [f"Name: {name}", f"Version: {version}", "Provides-Extra: more"]
        metadata = "\n".join(["Metadata-Version: 2.2", *described, *(f"Requires-Dist: {need}" for need in needs), ""])
        if release in not_built:
            _sources(folder, f"{name}-{version}", {"PKG-INFO": metadata, **_NOT_BUILT})
        else:
            _wheel(folder, f"{name}-{version}", metadata)
    return folder


def _wheel(folder: Path, release: str, metadata: str) -> None:
    with ZipFile(folder / f"{release}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{release}.dist-info/METADATA", metadata)
        wheel.writestr(f"{release}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{release}.dist-info/RECORD", "")


def _sources(folder: Path, release: str, files: Mapping[str, str]) -> None:
    with tarfile.open(folder / f"{release}.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{release}/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, BytesIO(text.encode()))
