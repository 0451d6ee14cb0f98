"""Proves what is said of requirements that do not go with an Airflow; the index is a folder of wheels."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import pytest

from conformance.environments import build
from conformance.environments.conflicts import Unfit, conflicts
from conformance.environments.requirements import Line, read
from conformance.errors import UserError

pytestmark = pytest.mark.at_the_newest

Say = Callable[..., list[str]]

RELEASES = {
    "apache-airflow 2.11.2": (),
    "apache-airflow 3.3.2": ("core>=2",),
    "core 1": (),
    "core 2": (),
    "old 4.1": ("core<2",),
    "old 4.9": ("core<2",),
    "old 5.0": ("core>=1", "extra; extra == 'more'"),
    "old 6.0": (),
    "new 1.0": (),
    "new 2.0": ("core>=3",),
    "never 1.0": ("core<2",),
    "left 1.0": ("shared<2",),
    "right 1.0": ("shared>=2",),
    "shared 1.0": (),
    "shared 2.0": (),
}
"""What is on the index, and what each needs."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of each release."""
    folder = tmp_path_factory.mktemp("index")
    for release, needs in RELEASES.items():
        name, version = release.replace("-", "_").split()
        described = [f"Name: {name}", f"Version: {version}", "Provides-Extra: more"]
        described += [f"Requires-Dist: {need}" for need in needs]
        with ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            info = f"{name}-{version}.dist-info"
            wheel.writestr(f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", *described, ""]))
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def said(index: Path, tmp_path: Path) -> Say:
    """What is said of a text of requirements and Airflow 3.3.2."""
    file = tmp_path / "requirements.txt"

    def say(text: str, folder: Path = index) -> list[str]:
        file.write_text(f"{text}--no-index\n--find-links {folder}\n")
        return list(Unfit(file, "3.3.2", partial(build._compile, Path(sys.executable))).sentences())

    return say


CANNOT = "cannot be installed with Airflow 3.3.2:"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("old==4.1", f"{CANNOT} old supports it since 5.0; allow that in"),
        ("old<5", f"{CANNOT} old supports it since 5.0; allow that in"),
        ("Old==4.*", f"{CANNOT} Old supports it since 5.0; allow that in"),
        ("new>=2", f"{CANNOT} the newest release of new that can be is 1.0; allow it in"),
        ("never", f"{CANNOT} no release of never can be; take it out of"),
        ("gone==1", f"{CANNOT} the package index has no release of gone for it; correct"),
        ("apache-airflow[x]==2.11.2", "is not Airflow 3.3.2, which the command names: take it out of"),
    ],
)
def test_a_requirement_that_does_not_go(said: Say, wanted: str, sentence: str) -> None:
    """A requirement that does not go with an Airflow is told with the first release that does, or that none does."""
    assert said(f"# ours\nshared\n{wanted}  # really\n") == [f"{wanted} {sentence} requirements.txt, line 3."]


def test_extras_count(said: Say) -> None:
    """A release that goes with the Airflow only without the extra that is asked for does not count."""
    assert "since 6.0" in said("old[more]==4.1\n")[0]


def test_every_conflict_is_told(said: Say) -> None:
    """Two that go with the Airflow, but not with each other, are told together; others that do not go, each alone."""
    never, pair, old = said("never\nleft\nshared\nright\nold==4.1\n")

    assert never.startswith("never cannot be installed")
    assert pair.startswith(
        "left and right (requirements.txt, line 2 and requirements.txt, line 4) do not go together with Airflow 3.3.2; "
        "uv said: Because "
    )
    assert "since 5.0" in old


def test_where_markers_leave_a_requirement_out_it_fits(said: Say) -> None:
    """A requirement for another platform is none, and where nothing is wrong nothing is said."""
    assert said("never; sys_platform == 'win32'\nshared\n") == []


def test_without_an_index_nothing_is_said_of_the_lines(said: Say, tmp_path: Path) -> None:
    """If not even the Airflow can be found, the requirements are not blamed."""
    assert said("never\n", tmp_path) == []


def test_constraints_are_lines_that_may_not_go(said: Say, tmp_path: Path) -> None:
    """Constraints that leave a package no release are told together with it, as they were written."""
    (tmp_path / "pins.txt").write_text("shared==3\n")

    (told,) = said("-c pins.txt\nshared\n")

    assert told.startswith(
        "-c pins.txt and shared (requirements.txt, line 1 and requirements.txt, line 2) do not go together with "
        "Airflow 3.3.2; uv said: Because "
    )


def test_a_file_is_read_with_what_it_includes(tmp_path: Path) -> None:
    """Comments, options of a line and line breaks are read over; an included file's lines have places of their own."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more/base.txt").write_text("polars\n-r ../all.txt\n")
    (tmp_path / "all.txt").write_text(
        "-r more/base.txt # first\n\npandas>=2, \\\n  <3 --hash=sha256:0 # x\n-c c.txt\n--pre\n"
    )

    lines = list(read(tmp_path / "all.txt"))

    assert [(one.written, one.where, one.is_setting) for one in lines] == [
        ("polars", "base.txt, line 1", False),
        ("pandas>=2, <3", "all.txt, line 3", False),
        ("-c c.txt", "all.txt, line 5", False),
        ("--pre", "all.txt, line 6", True),
    ]
    assert lines[2].text == f"-c {tmp_path}/c.txt"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """An included file that is missing is an error that says where it is named."""
    (tmp_path / "all.txt").write_text("-r base.txt\n")

    with pytest.raises(
        UserError, match=r"^all\.txt, line 1 includes base\.txt, which does not exist: correct the line"
    ):
        list(read(tmp_path / "all.txt"))


@pytest.mark.parametrize("wrong", [["a"], ["a", "e"], ["b", "c", "d"], []])
def test_a_conflict_is_as_small_as_can_be(wrong: list[str]) -> None:
    """Of the lines that together do not fit all are found, and no other."""
    lines = [Line(name, name, name) for name in "abcdef"]

    def fits(tried: Sequence[Line]) -> bool:
        return not wrong or not {*wrong} <= {line.text for line in tried}

    assert [[line.text for line in found] for found in conflicts(lines, fits)] == ([wrong] if wrong else [])
