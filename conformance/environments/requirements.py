"""What a requirements file asks for, line by line, so that one line can be tried without the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from conformance.errors import UserError

_COMMENT = re.compile(r"(^|\s)#.*")
_OPTIONS_OF_A_LINE = re.compile(r"\s--.*")
_NAMES_A_FILE = re.compile(r"(-r|--requirement|-c|--constraint|-f|--find-links)[\s=]*(\S+)")


@dataclass(frozen=True)
class Line:
    """A line as it was written, what it says in words that hold in any folder, and where it is."""

    written: str
    text: str
    where: str

    @property
    def is_setting(self) -> bool:
        """Whether it says how to look for packages, and not which."""
        return self.text.startswith("-") and not self.text.startswith(("-c", "--constraint", "-e", "--editable"))

    @property
    def requirement(self) -> Requirement | None:
        """The package that it asks for by its name; None if it does not."""
        try:
            found = Requirement(self.text)
        except InvalidRequirement:
            return None
        return None if found.url else found


def read(file: Path, above: tuple[Path, ...] = ()) -> Iterator[Line]:
    """The lines of a file, and of those that it includes. Raises UserError for one that is not there."""
    above = (*above, file.resolve())
    for number, written in _whole_lines(file.read_text(encoding="utf-8-sig", errors="replace").splitlines()):
        where = f"{file.name}, line {number}"
        option = _NAMES_A_FILE.fullmatch(written)
        if option is None or "://" in written:
            yield Line(written, written, where)
            continue
        name, named = option[1], (file.parent / option[2]).resolve()
        if name not in ("-r", "--requirement"):
            yield Line(written, f"{name} {named}", where)
        elif not named.is_file():
            raise UserError(f"{where} includes {option[2]}, which does not exist: correct the line.")
        elif named not in above:
            yield from read(named, above)


def _whole_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each with the number it begins at, without comments and, downstream of a requirement, options such as --hash."""
    start, whole = 0, ""
    for number, line in enumerate(lines, 1):
        start = start if whole else number
        whole += _COMMENT.sub("", line)
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        whole = " ".join(whole.split())
        whole = whole if whole.startswith("-") else _OPTIONS_OF_A_LINE.sub("", whole)
        if whole:
            yield start, whole
        whole = ""
