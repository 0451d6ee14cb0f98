"""Proves that a file that somebody names is written whole or not at all, and that what is wrong is one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.errors import UserError
from conformance.files import add, refuse_unless_writable, write
from workshop.selftest.processes import environment


def test_a_file_is_written_whole_and_nothing_beside_it(tmp_path: Path) -> None:
    """A file that is there is replaced, keeps its mode, and leaves nothing beside it."""
    file = tmp_path / "page.html"
    file.write_text("old")
    file.chmod(0o640)

    write(file, "ünd new")

    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == ("ünd new", 0o640)
    assert [*tmp_path.iterdir()] == [file]


def test_a_link_stays_one(tmp_path: Path) -> None:
    """Behind a link, the file that it points to is written."""
    (tmp_path / "link").symlink_to(tmp_path / "real")

    write(tmp_path / "link", b"data")

    assert ((tmp_path / "link").is_symlink(), (tmp_path / "real").read_bytes()) == (True, b"data")


def test_what_is_no_file_is_written_as_it_is() -> None:
    """The standard output can be named as a file."""
    code = "from pathlib import Path; from conformance.files import write; write(Path('/dev/stdout'), 'words')"

    assert subprocess.check_output([sys.executable, "-c", code], env=environment(), text=True) == "words"


@pytest.mark.parametrize("written", [write, add])
def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, written: object) -> None:
    """The sentence names the file, why, and what to do; nothing is left behind."""
    file = tmp_path / "absent" / "page.html"

    with pytest.raises(UserError) as caught:
        written(file, "text")  # type: ignore[operator]

    assert str(caught.value) == (
        f"Cannot write {file} (No such file or directory): name a file in a folder that exists and is writable."
    )
    assert [*tmp_path.iterdir()] == []


def test_it_is_refused_before_a_run(tmp_path: Path) -> None:
    """A folder in the place of a file, and a folder that is not there, are refused before anything is done."""
    for file in tmp_path, tmp_path / "absent" / "claims.toml":
        with pytest.raises(UserError, match=rf"^Cannot write the claims file {file}: name a file in a folder"):
            refuse_unless_writable(file, "the claims file")


@pytest.mark.skipif(os.geteuid() == 0, reason="not applicable: who runs this may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path: Path) -> None:
    """Who may not write in a folder learns it before a run."""
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match=r"^Cannot write"):
        refuse_unless_writable(tmp_path / "claims.toml")
