"""Proves how requirements are read and installed, and what is said if they do not go; the index is a folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from conformance.environments import build
from conformance.environments.conflicts import Unfit, conflicts
from conformance.environments.requirements import Line, read, whole
from conformance.errors import UserError
from conformance.versions import Pin, find
from workshop.selftest import wheels
from workshop.selftest.processes import write_files

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
    return wheels.fill(tmp_path_factory.mktemp("index"), RELEASES)


@pytest.fixture
def said(index: Path, tmp_path: Path) -> Say:
    """What is said of a text of requirements and Airflow 3.3.2."""
    file = tmp_path / "requirements.txt"

    def say(text: str, folder: Path = index) -> list[str]:
        file.write_text(f"{text}--no-index\n--find-links {folder}\n")
        return list(Unfit(file, "3.3.2", partial(build.compiled, Path(sys.executable))).sentences())

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
    (tmp_path / "c.txt").touch()
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


@pytest.mark.parametrize(
    ("line", "verb"),
    [("-r base.txt", "includes"), ("-c base.txt", "includes"), ("-e ./base.txt", "names"), ("./base.txt", "names")],
)
def test_a_file_that_is_not_there_is_named(line: str, verb: str, tmp_path: Path) -> None:
    """An included file, or a local package, that is missing is an error that says where it is named."""
    (tmp_path / "all.txt").write_text(f"{line}\n")

    with pytest.raises(UserError, match=rf"^all\.txt, line 1 {verb} (\./)?base\.txt, which does not exist: correct"):
        list(read(tmp_path / "all.txt"))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("-e ./pkg", "-e {here}/pkg"),
        ("--editable=../here/pkg[more]", "-e {here}/pkg[more]"),
        ("-e .", "-e {here}"),
        ("./pkg", "-e {here}/pkg"),
        ("pkg/ ; python_version > '3'", "-e {here}/pkg ; python_version > '3'"),
        ("acme[more] @ file:./pkg", "-e {here}/pkg[more]"),
        ("acme @ file://{here}/pkg", "-e {here}/pkg"),
        ("old-1-py3-none-any.whl", "{here}/old-1-py3-none-any.whl"),
        ("acme @ git+https://example.org/acme", "acme @ git+https://example.org/acme"),
        ("-e git+https://example.org/acme#egg=acme", "-e git+https://example.org/acme#egg=acme"),
        ("-e ${ROOT}/pkg", "-e ${ROOT}/pkg"),
        ("--index-url=https://example.org/simple", "--index-url=https://example.org/simple"),
        ("-f ../here/pkg", "-f {here}/pkg"),
        ("pkg", "pkg"),
        ("polars[x]>=1,<2; python_version > '3'", "polars[x]>=1,<2; python_version > '3'"),
    ],
)
def test_a_path_is_beside_the_file(line: str, text: str, tmp_path: Path) -> None:
    """What a line names by its path is looked for beside the file that the line is in; a folder is editable."""
    here = tmp_path / "here"
    write_files(here, {"pkg/pyproject.toml": "", "old-1-py3-none-any.whl": ""})
    (here / "all.txt").write_text(line.format(here=here) if "{here}" in line else line)

    (found,) = read(here / "all.txt")

    assert found.text == text.replace("{here}", str(here))


def test_hashes_are_kept_for_what_is_installed(tmp_path: Path) -> None:
    """The options of a line take no part when lines are tried, and do when they are installed."""
    (tmp_path / "all.txt").write_text("polars==1 \\\n  --hash=sha256:0\n")

    (line,) = read(tmp_path / "all.txt")

    assert (line.text, whole(tmp_path / "all.txt")) == ("polars==1", "polars==1 --hash=sha256:0\n")


def test_dependencies_of_a_project_are_requirements(tmp_path: Path) -> None:
    """Of a pyproject.toml it is the dependencies that are read; one without any is an error."""
    project = tmp_path / "pyproject.toml"
    project.write_text('[project]\ndependencies = ["polars>=1", "acme @ file:./pkg"]\n')
    (tmp_path / "pkg").mkdir()

    assert whole(project) == f"polars>=1\n-e {tmp_path}/pkg\n"

    project.write_text("[tool.x]\n")
    with pytest.raises(
        UserError, match=r"names no dependencies of its \[project\]: write them to a requirements file\.$"
    ):
        list(read(project))
    project.write_text("[tool")
    with pytest.raises(UserError, match=r"is not TOML \(.*\): correct it\.$"):
        list(read(project))


BACKEND = """
import os, zipfile

def build_editable(folder, *_):
    name = "acme-1-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("acme.pth", os.path.join(os.getcwd(), "src"))
        wheel.writestr("acme-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: acme\\nVersion: 1\\n")
        wheel.writestr("acme-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("acme-1.dist-info/RECORD", "")
    return name
"""
"""Makes a wheel of a package without any help from an index."""

REPOSITORY = {
    "requirements.txt": "-r etc/base.txt\n-c etc/pins.txt\nold\n",
    "etc/base.txt": "../acme\n",
    "etc/pins.txt": "old<6\n",
    "acme/pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "acme/backend.py": BACKEND,
    "acme/src/acme.py": "WORD = 'first'\n",
}


@pytest.fixture
def built(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """The Python of an environment with `requirements.txt` of a repository, built without a network."""
    (tmp_path / "uv.toml").write_text(f'no-index = true\nfind-links = ["{index}"]\n')
    (tmp_path / "airflow.txt").write_text("apache-airflow==3.3.2\ncore==2\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("CONFORMANCE_PYTHON", sys.executable)
    monkeypatch.setattr(Pin, "constraints", tmp_path / "airflow.txt")
    monkeypatch.setattr(build, "user_cache_path", lambda _name: tmp_path / "cache")
    monkeypatch.chdir(tmp_path / "elsewhere")
    write_files(tmp_path / "repository", REPOSITORY)
    return lambda: build.ensure(find("3.3"), requirements=Path("../repository/requirements.txt"))


def test_local_packages_are_installed(built: Callable[[], Path], tmp_path: Path) -> None:
    """Nested files, constraints and a package's folder count, wherever they are asked for; its code as it is now."""

    def said() -> str:
        code = "import acme; from importlib.metadata import version; print(acme.WORD, version('old'))"
        return subprocess.check_output([built(), "-c", code], text=True)

    assert said() == "first 5.0\n"
    (tmp_path / "repository/acme/src/acme.py").write_text("WORD = 'second'\n")
    assert said() == "second 5.0\n"


@pytest.mark.parametrize("file", ["requirements.txt", "etc/base.txt", "etc/pins.txt", "acme/pyproject.toml"])
def test_a_change_is_another_environment(file: str, built: Callable[[], Path], tmp_path: Path) -> None:
    """When a file changes that says what to install, whichever it is, so does the environment."""
    before = built()
    assert built() == before

    changed = tmp_path / "repository" / file
    changed.write_text(f"{changed.read_text()}{'shared' if file != 'acme/pyproject.toml' else '[tool.x]'}\n")

    assert built() != before


@pytest.mark.parametrize("wrong", [["a"], ["a", "e"], ["b", "c", "d"], []])
def test_a_conflict_is_as_small_as_can_be(wrong: list[str]) -> None:
    """Of the lines that together do not fit all are found, and no other."""
    lines = [Line(name, name, name) for name in "abcdef"]

    def fits(tried: Sequence[Line]) -> bool:
        return not wrong or not {*wrong} <= {line.text for line in tried}

    assert [[line.text for line in found] for found in conflicts(lines, fits)] == ([wrong] if wrong else [])
