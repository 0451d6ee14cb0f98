"""The pins are whole, a Python that runs is found, and an environment is built once, to its end."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from conformance.environments import build, child, choice, other_patches, providers
from conformance.errors import UserError
from conformance.paths import PACKAGE
from conformance.versions import Pin, find, pins
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_both_ends

EVERY_PIN = [pytest.param(pin, id=pin.minor) for pin in pins()]

PYTHON = sys.executable

# What uv leaves behind, as far as we look at it: `venv` makes a folder that looks like one, `pip` fails if told to.
FAKE_UV = """#!/bin/sh
echo "$2" >> "{log}"
echo "$*" >> "{log}.whole"
for last; do :; done
case "$2" in
  venv) mkdir -p "$last/bin" "$last/lib/python3.11/site-packages"; : > "$last/bin/python" ;;
  pip) if [ -e "{broken}" ]; then echo "first words" >&2; echo "  Caused by: no route to host" >&2; exit 1; fi
       if [ "$3" = install ]; then wrong=not-built; else wrong=no-such; fi
       if grep -q $wrong "$last"; then printf "No solution:\\n  Because there is no\\n  no-such.\\n" >&2; exit 1; fi ;;
esac
"""


def script(path: Path, text: str) -> Path:
    """An executable file at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def fake_python(path: Path, minor: str) -> Path:
    """A program that answers our question as a Python of this minor version would."""
    return script(path, f"#!/bin/sh\necho {path}\necho {minor}\n")


def broken_python(path: Path) -> Path:
    """A program that only says that it is not there, as pyenv's do."""
    return script(path, "#!/bin/sh\necho 'pyenv: python: command not found' >&2\nexit 127\n")


@pytest.fixture
def nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH, on a machine with no other Python; pyenv's root is `pyenv` in it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("CONFORMANCE_PYTHON", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    return tmp_path


@pytest.fixture
def builder(nothing_else: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a Python, a cache, and a fake uv that writes what it did to `log` and fails where `broken` is."""
    fake_python(nothing_else / "python3.11", "3.11")
    uv = script(nothing_else / "uv", FAKE_UV.format(log=nothing_else / "log", broken=nothing_else / "broken"))
    monkeypatch.setenv("PATH", f"{nothing_else}:/usr/bin:/bin")
    monkeypatch.setattr(build, "uv", lambda: str(uv))
    monkeypatch.setattr(build, "user_cache_path", lambda _name: nothing_else / "cache")
    return nothing_else


def steps(builder: Path) -> list[str]:
    """What the fake uv was asked to do, in order."""
    return (builder / "log").read_text().split()


def test_no_minor_is_left_out() -> None:
    """Every Airflow minor from 2.7 on has pins, oldest first; the last one of 2.x is 2.11."""
    minors = [tuple(map(int, pin.minor.split("."))) for pin in pins()]
    of_3 = [(3, minor) for minor in range(len(minors) - 5)]

    assert minors == [(2, 7), (2, 8), (2, 9), (2, 10), (2, 11), *of_3]


@pytest.mark.parametrize("pin", EVERY_PIN)
def test_pins_are_found_by_minor_and_by_version(pin: Pin) -> None:
    """An Airflow is found by its minor and by its full version, which its constraints file pins."""
    assert find(pin.version) == pin
    assert f"apache-airflow=={pin.version}\n" in pin.constraints.read_text()


@pytest.mark.parametrize("pin", EVERY_PIN)
def test_constraints_hold_plain_pins_only(pin: Pin) -> None:
    """A constraints file holds a comment and `name==version` lines: no index, no path, no option."""
    comment, *lines = pin.constraints.read_text().splitlines()

    assert comment.startswith(f"# Airflow {pin.version} ")
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.+!]+( ; [^/:]+)?", line)] == []


@pytest.mark.parametrize("airflow", ["2.6", "2.11.1", "4", ""])
def test_unknown_version_lists_what_exists(airflow: str) -> None:
    """An Airflow without pins is an error that lists the ones that exist."""
    with pytest.raises(UserError, match=r"2\.7 \(2\.7\.3\), .*3\.3 \(3\.3\.2\)"):
        find(airflow)


def test_a_python_that_does_not_run_is_passed_over(nothing_else: Path) -> None:
    """A python3.11 on PATH that fails when run does not hide the python3.12 that works."""
    broken_python(nothing_else / "python3.11")
    works = fake_python(nothing_else / "python3.12", "3.12")

    assert build.interpreter(find("2.11")) == build.Interpreter(works, "3.12")


def test_a_python_known_to_pyenv_alone_is_found(nothing_else: Path) -> None:
    """A Python that is on PATH only as a failing name is found in pyenv's own folder."""
    broken_python(nothing_else / "python3.11")
    works = fake_python(nothing_else / "pyenv/versions/3.11.7/bin/python3.11", "3.11")

    assert build.interpreter(find("2.7")).path == works


def test_no_suitable_python_is_one_sentence(nothing_else: Path) -> None:
    """Where the only Python is too new for this Airflow, the error names the versions it supports."""
    fake_python(nothing_else / "python3.12", "3.12")

    with pytest.raises(
        UserError, match=r"^Airflow 2\.7\.3 needs Python 3\.10, 3\.11, and none of these runs, .*PATH.*pyenv"
    ):
        build.interpreter(find("2.7"))


def test_the_python_asked_for_is_used_or_refused(nothing_else: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CONFORMANCE_PYTHON is used although another is preferred, and refused where the Airflow does not support it."""
    fake_python(nothing_else / "python3.11", "3.11")
    wanted = fake_python(nothing_else / "my-python", "3.12")
    monkeypatch.setenv("CONFORMANCE_PYTHON", str(wanted))

    assert build.interpreter(find("2.11")).minor == "3.12"
    with pytest.raises(UserError, match=r"is Python 3\.12, but Airflow 2\.7\.3 needs 3\.10, 3\.11"):
        build.interpreter(find("2.7"))


def test_a_wanted_python_that_does_not_run_is_named(nothing_else: Path) -> None:
    """A Python asked for that does not run is an error that names it."""
    with pytest.raises(UserError, match="no-such-python does not run"):
        build.interpreter(find("2.11"), "no-such-python")


def test_an_environment_is_built_once(builder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An environment is built the first time, with one line that says so, and reused after."""
    python = build.ensure(find("2.11"))

    assert build.ensure(find("2.11")) == python
    assert python.is_relative_to(builder / "cache/environments")
    assert steps(builder) == ["venv", "pip"]
    assert " --compile-bytecode " in (builder / "log.whole").read_text()
    assert capsys.readouterr().err.count("building the Airflow 2.11.2 environment (once)") == 1


def test_an_incomplete_environment_is_built_again(builder: Path) -> None:
    """An environment whose building was cut short is removed and built from the start."""
    folder = build.ensure(find("2.11")).parent.parent
    (folder / build.MARKER).unlink()
    (folder / "left-over").touch()

    build.ensure(find("2.11"))

    assert steps(builder) == ["venv", "pip"] * 2
    assert not (folder / "left-over").exists()
    assert build.is_complete(folder)


def test_an_environment_that_lost_its_python_is_built_again(builder: Path) -> None:
    """An environment whose Python was uninstalled since is built again."""
    python = build.ensure(find("2.11"))
    python.unlink()

    assert build.ensure(find("2.11")).exists()
    assert steps(builder) == ["venv", "pip"] * 2


def test_a_failed_build_is_one_sentence_and_not_reused(builder: Path) -> None:
    """A build that fails is an error with uv's last line, and the next call starts again."""
    (builder / "broken").touch()
    with pytest.raises(UserError, match=r"^The environment of Airflow 2\.11\.2 .* \(Caused by: no route to host\): "):
        build.ensure(find("2.11"))

    (builder / "broken").unlink()
    assert build.is_complete(build.ensure(find("2.11")).parent.parent)


def test_requirements_are_another_environment(builder: Path) -> None:
    """Requirements are installed on top, in an environment of their own; other requirements, another one."""
    wanted = builder / "requirements.txt"
    pythons = {build.ensure(find("2.11"))}
    for text in ("polars\n", "pandas\n", "polars\n"):
        wanted.write_text(text)
        pythons.add(build.ensure(find("2.11"), requirements=wanted))

    assert len(pythons) == 3
    assert steps(builder) == ["venv", "pip", *["pip", "venv", "pip", "pip"] * 2]


def test_requirements_that_do_not_fit_are_one_sentence(builder: Path) -> None:
    """Requirements that cannot be had with an Airflow are an error that says which package and why, in one line."""
    wanted = builder / "requirements.txt"
    wanted.write_text("polars\nno-such\n")

    sentence = r"^no-such cannot be installed with Airflow 2\.11\.2: .* for it; correct requirements\.txt, line 2\.$"
    with pytest.raises(UserError, match=sentence):
        build.ensure(find("2.11"), requirements=wanted)
    assert "venv" not in steps(builder)  # nobody waits for an environment that is no use


def test_where_no_requirement_is_to_blame_uv_has_the_word(builder: Path) -> None:
    """Requirements that go with the Airflow, and are not installed, are an error in uv's words."""
    wanted = builder / "requirements.txt"
    wanted.write_text("not-built\n")

    sentence = r"^requirements\.txt cannot be installed with Airflow 2\.11\.2; uv said: Because there is no no-such\.$"
    with pytest.raises(UserError, match=sentence):
        build.ensure(find("2.11"), requirements=wanted)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """A package index on which Airflow 3.0.1 was released on 2025-05-12, and no other; the days it was asked for."""
    asked: list[date] = []

    def compile(requirements: list[str], before: date, *_: str) -> subprocess.CompletedProcess[str]:
        asked.append(before)
        there = requirements[0] == "apache-airflow==3.0.1" and before > date(2025, 5, 12)
        return subprocess.CompletedProcess([], int(not there), "\n".join(requirements), "no such version")

    monkeypatch.setattr(other_patches, "_compile", compile)
    monkeypatch.setattr(other_patches, "user_cache_path", lambda _name: tmp_path)
    return asked


def test_another_patch_is_resolved_by_its_date_once(index: list[date]) -> None:
    """A version without committed pins gets what was on the index a week after its release, and keeps it."""
    pin = other_patches.find("3.0.1")

    assert (pin.minor, pin.version, index[-1]) == ("3.0", "3.0.1", date(2025, 5, 20))
    assert pin.constraints.read_text().startswith("apache-airflow==3.0.1\nboto3")
    assert pin.released_before == date(2025, 5, 20)
    assert "hypothesis" not in pin.constraints.read_text()
    assert len(index) < 15

    index.clear()
    assert other_patches.find("3.0.1") == pin
    assert index == []


@pytest.mark.parametrize("airflow", ["3.0", "3.0.6"])
def test_what_has_committed_pins_is_not_resolved(airflow: str, index: list[date]) -> None:
    """A minor, and the patch that its pins are of, are found without the index."""
    assert other_patches.find(airflow) == find("3.0")
    assert index == []


@pytest.mark.parametrize(
    ("airflow", "sentence"),
    [
        ("3.0.99", r"The package index has no Airflow 3\.0\.99, or cannot be reached: name a version that it has\."),
        ("2.6.3", r"Airflow '2\.6\.3' is not specified: choose 2\.7, .*3\.3, or a patch of these\."),
        ("3.0.x", r"Airflow '3\.0\.x' is not specified: .*"),
    ],
)
def test_a_version_that_does_not_exist_is_one_sentence(airflow: str, sentence: str, index: list[date]) -> None:
    """A version that is not on the index, or that the specification does not speak of, is an error that says which."""
    with pytest.raises(UserError, match=f"^{sentence}$"):
        other_patches.find(airflow)


def test_kits_in_two_places_share_environments(builder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kit is imported by the children that it starts itself, also after another has used the environment."""
    monkeypatch.setattr(sys, "executable", "another")
    environments = []
    for place in "one", "two":
        write_files(builder / place, {"__init__.py": f"PLACE = {place!r}\n"})
        monkeypatch.setattr(build, "PACKAGE", builder / place)
        environments.append(child.environment_of(build.ensure(find("2.11"))))

    said = "import conformance; print(conformance.PLACE)"
    places = [subprocess.check_output([PYTHON, "-c", said], env=one, cwd=builder, text=True) for one in environments]

    assert places == ["one\n", "two\n"]
    assert steps(builder) == ["venv", "pip"]


def test_the_path_of_the_caller_is_kept(builder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child imports from the kit first, and then from where the caller does; our own Python from there alone."""
    monkeypatch.setenv("PYTHONPATH", "/modules")

    assert child.environment_of(Path("python"))["PYTHONPATH"] == f"{build.kit()}:/modules"
    assert child.environment_of(Path(sys.executable))["PYTHONPATH"] == "/modules"
    assert [link.readlink() for link in build.kit().iterdir()] == [PACKAGE]


def test_other_pins_are_another_environment(builder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the pins change, so does the environment's folder."""
    before = build.location(find("2.11"), "3.11")
    changed = builder / "airflow-2.11.txt"
    changed.write_text("apache-airflow==2.11.2\n")
    monkeypatch.setattr(Pin, "constraints", changed)

    assert build.location(find("2.11"), "3.11") != before


@pytest.mark.parametrize(
    ("beside", "airflow", "requirements", "imported", "used"),
    [
        pytest.param("2.10.5", "2.11", None, [], "2.11.2", id="named"),
        pytest.param("", "", None, [], pins()[-1].version, id="none-beside"),
        pytest.param("", "", "r.txt", ["b"], f"{pins()[-1].version} b r.txt", id="none-beside-with-requirements"),
        pytest.param("2.10.5", "", None, [], PYTHON, id="beside"),
        pytest.param("2.10.5", "", None, ["pytest"], PYTHON, id="beside-with-all-that-is-imported"),
        pytest.param("2.10.5", "", None, ["gone"], "2.10.5 gone", id="beside-without-a-provider"),
        pytest.param("2.10.5", "", "r.txt", [], "2.10.5 r.txt", id="beside-with-requirements"),
        pytest.param("2.10.3", "", "r.txt", [], "2.10.5 r.txt", id="another-patch-beside"),
    ],
)
def test_a_python_is_chosen(
    beside: str,
    airflow: str,
    requirements: str | None,
    imported: list[str],
    used: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is to be installed is in an environment of the Airflow that is named, or is beside us, or is the newest."""

    def ensure(pin: Pin, imported: list[str], requirements: Path | None) -> Path:
        return Path(" ".join([pin.version, *imported, *([str(requirements)] if requirements else [])]))

    monkeypatch.setattr(choice, "_beside", lambda: beside)
    monkeypatch.setattr(providers, "ensure", ensure)

    assert choice.python(airflow, Path(requirements) if requirements else None, imported) == Path(used)
    assert ("not the 2.10.3 beside this command" in capsys.readouterr().err) == (beside == "2.10.3")


def test_an_unknown_airflow_beside_us_has_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requirements without --airflow are an error beside an Airflow that has no pins."""
    monkeypatch.setattr(choice, "_beside", lambda: "2.6.3")

    with pytest.raises(
        UserError, match=r"^There is no environment for Airflow 2\.6\.3, .* one of 2\.7, .* --airflow\.$"
    ):
        choice.python("", Path("r.txt"))


def test_no_uv_says_how_to_get_it(nothing_else: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without uv, the error says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(UserError, match=r"pip install 'airflow-conformance\[environments\]'"):
        build.uv()
