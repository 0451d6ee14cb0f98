"""What the self-tests of the sandbox share: fresh interpreters, and folders to let them loose on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conformance import paths

SURVEY = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from conformance.errors import UserError
from conformance.sandbox import home

here = home.enter(Path(sys.argv[1]))
from conformance.folder.survey import survey

try:
    answers = {}
    for folder in sys.argv[2:]:
        try:
            answers[folder] = [asdict(file) for file in survey(Path(folder), timeout=3).files]
        except UserError as error:
            answers[folder] = str(error)
    print(json.dumps(answers))
finally:
    here.leave()
"""


def python(code: str, *args: object, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter that can import this checkout, with `variables` in its environment."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, args)], env=environment(**variables), capture_output=True, text=True
    )


def pytest_command(*arguments: object) -> list[str]:
    """The command that runs pytest with the plugin."""
    command = [sys.executable, "-m", "pytest", "-p", "conformance.pytest_plugin.plugin", "-p", "no:cacheprovider"]
    return [*command, *map(str, arguments)]


def pytest(*arguments: object, cwd: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run pytest in `cwd` with the plugin, in a fresh interpreter, with `variables` in its environment."""
    command = pytest_command(*arguments)
    return subprocess.run(command, cwd=cwd, env=environment(**variables), capture_output=True, text=True)


def command(*arguments: object, cwd: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run `airflow-conformance` in `cwd`, in a fresh interpreter, with `variables` in its environment."""
    command = [sys.executable, "-m", "conformance.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(**variables), capture_output=True, text=True)


def verify(*arguments: object, cwd: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run `airflow-conformance verify` in `cwd`, in a fresh interpreter, with `variables` in its environment."""
    return command("verify", *arguments, cwd=cwd, **variables)


def environment(**variables: object) -> dict[str, str]:
    """This process's environment with the checkout importable and with `variables`."""
    checkout = str(paths.PACKAGE.parent)
    path = os.pathsep.join(filter(None, (checkout, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, **{name: str(value) for name, value in variables.items()}}


def is_alive(pid: int) -> bool:
    """Whether there is a process `pid`."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """Fill `folder` with `files` (path → text)."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def loaded_by(*modules: str) -> set[str]:
    """Return the names of all modules that a fresh Python has loaded after it imported some."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=paths.PACKAGE.parent
    )
    return set(done.stdout.split())
