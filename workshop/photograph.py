"""
The pictures in the README, taken of the real thing: `python -m workshop.photograph`. Needs Chromium.

`docs/report.png` is the page of the matrix, and `docs/upgrade.svg` what an upgrade of the shop's DAGs prints.
"""

from __future__ import annotations

import re
import subprocess
import sys
from io import StringIO

from rich.console import Console
from rich.text import Text

from conformance.paths import FIXTURES, PACKAGE
from workshop.selftest.chromium import CHROMIUM, Page

DOCS = PACKAGE.parent / "docs"
WIDE = 130
"""Characters in a line of the terminal; longer lines are cut off."""
MOST = 14
"""Lines of each part of what it prints."""


def main() -> int:
    """Take both pictures; the exit code."""
    if not CHROMIUM:
        print("Chromium is not there: install it (Debian: apt install chromium).", file=sys.stderr)
        return 2
    with Page(width=1280, height=860) as page:
        page.open(DOCS / "matrix.html", "#?differs=on")
        page.value("document.getElementById('matrix').scrollIntoView()")
        page.picture(DOCS / "report.png")
    (DOCS / "upgrade.svg").write_text(_terminal("upgrade", "--from", "2.11", "--to", "3.3", "fixtures/shop"))
    return 0


def _terminal(*words: str) -> str:
    """What a command prints, as the terminal would show it."""
    command = [sys.executable, "-m", "conformance.cli", *words]
    said = subprocess.run(command, cwd=FIXTURES.parent, capture_output=True, text=True, check=False).stdout
    console = Console(record=True, width=WIDE, file=StringIO())
    console.print(f"$ airflow-conformance {' '.join(words)}", style="bold green")
    for title, *lines in (part.splitlines() for part in said.split("\n\n")):
        console.print(Text(title, "bold"))
        for line in lines[:MOST] + ["  …"] * (len(lines) > MOST):
            console.print(Text(line), no_wrap=True, overflow="ellipsis")
        console.print()
    svg = console.export_svg(title="airflow-conformance")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # a picture that asks the network for nothing


if __name__ == "__main__":
    sys.exit(main())
