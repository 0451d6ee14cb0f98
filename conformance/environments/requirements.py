"""
What a requirements file asks for, line by line, so that one line can be tried without the others.

What a line names by its path is looked for beside the file that the line is in, whoever installs it from wherever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from conformance.errors import UserError
from conformance.files import toml

_COMMENT = re.compile(r"(^|\s)#.*")
_OPTIONS_OF_A_LINE = re.compile(r"\s(--.*)")
_NAMES_A_FILE = re.compile(r"(-r|--requirement|-c|--constraint|-f|--find-links)[\s=]*(\S+)")
_CONSTRAINTS = ("-c", "--constraint")
_PACKAGE = re.compile(r"((?:-e|--editable)[\s=]*)?(?:[\w.-]+\s*(\[[^]]*\])?\s*@\s*)?([^;]*?)(\[[^]]*\])?\s*(;.*)?")
_ARCHIVES = (".whl", ".zip", ".tar.gz")
_SETTINGS_OF_A_PACKAGE = ("pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt")


@dataclass(frozen=True)
class Line:
    """
    A line as it was written, what it says in words that hold in any folder, and where it is.

    `options` are those at its end, such as `--hash`; `place` is the file or folder that it names.
    """

    written: str
    text: str
    where: str
    options: str = ""
    place: Path | None = None

    @property
    def is_setting(self) -> bool:
        """Whether it says how to look for packages, and not which."""
        return self.text.startswith("-") and not self.text.startswith((*_CONSTRAINTS, "-e", "--editable"))

    @property
    def requirement(self) -> Requirement | None:
        """The package that it asks for by its name; None if it does not."""
        try:
            found = Requirement(self.text)
        except InvalidRequirement:
            return None
        return None if found.url else found


def refuse_unless_there(file: Path) -> None:
    """Raise UserError if there is no such requirements file."""
    if not file.is_file():
        raise UserError(f"There is no file {file}: name your requirements, or leave --requirements out.")


def read(file: Path, above: tuple[Path, ...] = ()) -> Iterator[Line]:
    """
    The lines of a file, and of those that it includes; of a `pyproject.toml`, what its project depends on.

    Raises UserError for a file or folder that is not there.
    """
    above = (*above, file.resolve())
    for where, written, options in _of_project(file) if file.name == "pyproject.toml" else _of_file(file):
        option = _NAMES_A_FILE.fullmatch(written)
        if option is None or "://" in written:
            yield _package(written, where, options, file.parent)
            continue
        name, named = option[1], (file.parent / option[2]).resolve()
        if name.startswith(("-f", "--find")):
            yield Line(written, f"{name} {named}", where)
        elif not named.is_file():
            raise UserError(f"{where} includes {option[2]}, which does not exist: correct the line.")
        elif name in _CONSTRAINTS:
            yield Line(written, f"{name} {named}", where, place=named)
        elif named not in above:
            yield from read(named, above)


def whole(file: Path) -> str:
    """All that a file asks for, with what it includes, in words that hold in any folder."""
    return "".join(f"{line.text} {line.options}".rstrip() + "\n" for line in read(file))


def contents(file: Path) -> bytes:
    """What an environment with these requirements depends on: the lines, and the files that they name."""
    named = [name for line in read(file) if line.place for name in _files(line.place)]
    return whole(file).encode() + b"".join(name.read_bytes() for name in named)


def _package(written: str, where: str, options: str, folder: Path) -> Line:
    """A line about one package. A folder is installed as editable, so that its code counts as it is, not as it was."""
    parts = _PACKAGE.fullmatch(written)
    path = (parts[3] if parts else "").removeprefix("file://").removeprefix("file:")
    if parts is None or not _is_local(path, bool(parts[1])):
        return Line(written, written, where, options)
    place = (folder / path).resolve()
    if not place.exists():
        raise UserError(f"{where} names {path}, which does not exist: correct the line.")
    editable = "-e " if place.is_dir() else ""
    text = f"{editable}{place}{parts[2] or parts[4] or ''} {parts[5] or ''}".rstrip()
    return Line(written, text, where, options, place)


def _is_local(path: str, is_editable: bool) -> bool:
    if not path or path.startswith("-") or "://" in path or "$" in path:
        return False
    return is_editable or "/" in path or path.startswith(".") or path.endswith(_ARCHIVES)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(file for pattern in _SETTINGS_OF_A_PACKAGE for file in place.glob(pattern))


def _of_project(file: Path) -> Iterator[tuple[str, str, str]]:
    try:
        wanted = toml(file.read_text(encoding="utf-8")).get("project", {}).get("dependencies", [])
    except ValueError as error:
        raise UserError(f"{file} is not TOML ({error}): correct it.") from error
    if not wanted:
        raise UserError(f"{file} names no dependencies of its [project]: write them to a requirements file.")
    yield from (("pyproject.toml, dependencies", " ".join(one.split()), "") for one in wanted)


def _of_file(file: Path) -> Iterator[tuple[str, str, str]]:
    """
    Where each line begins, the line without comments, and the options of a requirement, such as --hash.

    Several lines that are one are told as one.
    """
    for number, line in _whole_lines(file.read_text(encoding="utf-8-sig", errors="replace").splitlines()):
        options = None if line.startswith("-") else _OPTIONS_OF_A_LINE.search(line)
        text = line[: options.start()] if options else line
        yield f"{file.name}, line {number}", text, options[1] if options else ""


def _whole_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each with the number it begins at, without comments."""
    start, whole = 0, ""
    for number, line in enumerate(lines, 1):
        start = start if whole else number
        whole += _COMMENT.sub("", line)
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        whole = " ".join(whole.split())
        if whole:
            yield start, whole
        whole = ""
