"""
Builds one isolated environment per Airflow, once, in the user's cache folder.

The running kit is not installed there, but imported by way of a link: a checkout and a wheel then run the very same
code in every environment, there is nothing to build, and an edit takes effect at once. The link is in no environment,
because kits in several places share those.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from conformance.environments.conflicts import Unfit, reason
from conformance.environments.requirements import contents, refuse_unless_there, whole
from conformance.errors import UserError
from conformance.paths import PACKAGE
from conformance.versions import Pin

# 3.11 first: every Airflow that has pins runs on it, so two environments differ in nothing but their Airflow.
PREFERENCE = ("3.11", "3.12", "3.10", "3.13")
# A virtualenv cannot be built elsewhere and renamed (its scripts hold its path), so a file in it says that it is whole.
MARKER = ".complete"


@dataclass(frozen=True)
class Interpreter:
    """A Python that was seen to run: its own idea of where it is, and its minor version ("3.11")."""

    path: Path
    minor: str


def ensure(pin: Pin, python: str | Path | None = None, requirements: Path | None = None) -> Path:
    """
    The Python of this Airflow's environment, which is built if it is not there; `python` as in `interpreter`.

    With a file of `requirements` it is an environment of its own, which has these, too. UserError if there is no such
    file.
    """
    if requirements:
        refuse_unless_there(requirements)
    chosen = interpreter(pin, python)
    folder = location(pin, chosen.minor, requirements)
    environment_python = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not is_complete(folder):
            if requirements:
                _refuse_unless_fit(pin, chosen.path, requirements.resolve())
            print(f"building the Airflow {pin.version} environment (once) in {folder} …", file=sys.stderr)
            shutil.rmtree(folder, ignore_errors=True)
            _run_uv(pin, folder.parent, "venv", "--python", str(chosen.path), str(folder))
            # Compiled now, because where PYTHONDONTWRITEBYTECODE is set each run would compile Airflow for itself.
            sync = ("pip", "sync", "--compile-bytecode", "--python", str(environment_python))
            _run_uv(pin, folder.parent, *sync, str(pin.constraints))
            if requirements:
                _add(pin, environment_python, requirements.resolve())
            (folder / MARKER).touch()
    return environment_python


def kit() -> Path:
    """A folder with nothing in it but a link to the running kit, for PYTHONPATH: for each place of a kit another."""
    digest = hashlib.sha256(os.fsencode(PACKAGE)).hexdigest()[:12]
    link = user_cache_path("airflow-conformance") / "kits" / digest / "conformance"
    link.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        link.symlink_to(PACKAGE)
    return link.parent


def is_complete(folder: Path) -> bool:
    """Whether an environment was built to its end, and the Python it was made from is still there."""
    return (folder / MARKER).exists() and (folder / "bin" / "python").exists()


def location(pin: Pin, minor: str, requirements: Path | None = None) -> Path:
    """
    Where the environment for these pins on this Python ("3.11") belongs: for each pins and requirements another.

    Raises UserError for requirements that name a file or folder that is not there.
    """
    wanted = contents(requirements) if requirements else b""
    digest = hashlib.sha256(pin.constraints.read_bytes() + wanted).hexdigest()[:12]
    return user_cache_path("airflow-conformance") / "environments" / f"{pin.minor}-py{minor}-{digest}"


def interpreter(pin: Pin, wanted: str | Path | None = None) -> Interpreter:
    """
    A Python this Airflow can run on: the one `wanted` (a path, or a name on PATH; else $CONFORMANCE_PYTHON), or the
    first in our order of preference that really runs. UserError when there is none, or the one wanted is not usable.
    """
    supported = ", ".join(pin.pythons)
    wanted = wanted or os.environ.get("CONFORMANCE_PYTHON")
    if wanted:
        found = _probe(wanted)
        if found is None:
            raise UserError(f"{wanted} does not run: name another Python, of version {supported}.")
        if found.minor not in pin.pythons:
            raise UserError(
                f"{wanted} is Python {found.minor}, but Airflow {pin.version} needs {supported}: name one of these."
            )
        return found
    for minor in PREFERENCE:
        if minor in pin.pythons:
            for candidate in _candidates(minor):
                found = _probe(candidate)
                if found and found.minor == minor:
                    return found
    raise UserError(
        f"Airflow {pin.version} needs Python {supported}, and none of these runs, neither on PATH (as python3.X) nor "
        "under pyenv: install one, or name its path in CONFORMANCE_PYTHON."
    )


def uv() -> str:
    """Path of the uv program: the installed `uv` package's own, else the one on PATH."""
    if importlib.util.find_spec("uv"):
        from uv import find_uv_bin

        return str(find_uv_bin())
    found = shutil.which("uv")
    if found is None:
        raise UserError(
            "uv, which builds Airflow environments, is missing: run pip install 'airflow-conformance[environments]'."
        )
    return found


def _candidates(minor: str) -> Iterator[Path]:
    if sys.version_info[:2] == tuple(map(int, minor.split("."))):
        yield Path(sys.executable)
    # Every hit on PATH, not the first: pyenv puts a python3.X there that only says which versions do exist.
    for folder in os.get_exec_path():
        if (program := Path(folder, f"python{minor}")).is_file():
            yield program
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{minor}*/bin/python{minor}"))


def _probe(program: str | Path) -> Interpreter | None:
    ask = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2], sep='\\n')"
    try:
        done = subprocess.run([program, "-I", "-c", ask], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    path, minor = done.stdout.splitlines()
    return Interpreter(Path(path), minor)


def _run_uv(pin: Pin, folder: Path, *arguments: str) -> None:
    done = _uv(folder, *arguments)
    if done.returncode:
        said = (done.stderr.strip() or "nothing").splitlines()[-1].strip()
        raise UserError(
            f"The environment of Airflow {pin.version} could not be built from the package index ({said}): "
            "run the command again."
        )


def _refuse_unless_fit(pin: Pin, python: Path, requirements: Path) -> None:
    """Raise UserError for requirements that do not go with an Airflow, before anybody waits for its environment."""
    if sentences := list(Unfit(requirements, pin.version, partial(compiled, python)).sentences()):
        raise UserError(" ".join(sentences))


def _add(pin: Pin, python: Path, requirements: Path) -> None:
    """Install the user's requirements, which may move every pin but that of Airflow itself."""
    airflow = f"apache-airflow=={pin.version}"
    install = ("pip", "install", "--compile-bytecode", "--python", str(python), airflow, "-r", "-")
    done = _uv(python.parent, *install, lines=whole(requirements))
    if done.returncode:
        raise UserError(f"{requirements.name} cannot be installed with Airflow {pin.version}; uv said: {reason(done)}")


def compiled(python: Path, lines: Sequence[str], options: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """What uv would install for these lines of a requirements file."""
    told = ("--python", str(python), "--no-header", "--no-annotate", *options, "-")
    return _uv(user_cache_path("airflow-conformance"), "pip", "compile", *told, lines="\n".join(lines))


def unpacked(python: Path, lines: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Unpack in a folder what these lines of a requirements file name, and nothing that it needs."""
    install = ("pip", "install", "--no-deps", "--python", str(python), "--target", str(folder), "-r", "-")
    return _uv(folder, *install, lines="\n".join(lines))


def _uv(folder: Path, *arguments: str, lines: str | None = None) -> subprocess.CompletedProcess[str]:
    # Run from our own folder, so that the settings of a project the caller stands in have no say.
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    command = [uv(), "--quiet", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, input=lines, capture_output=True, text=True, check=False
    )
