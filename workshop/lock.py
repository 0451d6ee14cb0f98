"""
Resolves the pins again: `tox run -e lock [-- 2.11 3.3]`.

From the package index alone: Airflow's own constraints files live on a host that is not reachable everywhere. What
stands in for them is the index as it was some days after the Airflow release.
"""

from __future__ import annotations

import sys

from conformance.environments.other_patches import resolved
from conformance.errors import UserError
from conformance.paths import PACKAGE
from conformance.versions import Pin, find, pins

PYPROJECT = PACKAGE.parent / "pyproject.toml"


def resolve(pin: Pin) -> str:
    """What this Airflow, the kit and its self-tests need: one `name==version` a line."""
    return resolved([f"apache-airflow=={pin.version}"], pin.released_before, str(PYPROJECT), "--extra", "selftest")


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
