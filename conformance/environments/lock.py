"""
Resolves the pins again: `tox run -e lock [-- 2.11 3.3]`.

From the package index alone: Airflow's own constraints files live on a host that is not reachable everywhere. What
stands in for them is the index as it was some days after the Airflow release.
"""

from __future__ import annotations

import subprocess
import sys

from conformance.environments.build import uv
from conformance.environments.pins import Pin, find, pins
from conformance.errors import UserError
from conformance.paths import PACKAGE

PYPROJECT = PACKAGE.parent / "pyproject.toml"


def resolve(pin: Pin) -> str:
    """What this Airflow, the kit and its self-tests need on Python 3.10 and up: one `name==version` a line."""
    # The date has a time because without one it would mean midnight of whoever runs this.
    options = (
        f"--extra selftest --universal --python-version 3.10 --exclude-newer {pin.released_before}T00:00:00Z "
        "--quiet --no-header --no-annotate --no-emit-index-url --no-emit-find-links"
    )
    command = [uv(), "pip", "compile", "-", str(PYPROJECT), *options.split()]
    done = subprocess.run(command, input=f"apache-airflow=={pin.version}", capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"uv could not resolve Airflow {pin.version}: {done.stderr.strip()}")
    return done.stdout


def main(minors: list[str]) -> None:
    """Write the pins of the minors named, or of all."""
    for pin in [find(minor) for minor in minors] or pins():
        header = f"# Airflow {pin.version} and what was on the index before {pin.released_before}: `tox run -e lock`\n"
        pin.constraints.write_text(header + resolve(pin), encoding="utf-8")
        print(f"airflow-{pin.minor}.txt")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.exit(str(error))
