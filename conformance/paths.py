"""Where the data lives: inside the package in an installed wheel, beside it in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_ROOT = PACKAGE if (PACKAGE / "fixtures").is_dir() else PACKAGE.parent

PATTERNS = PACKAGE / "patterns"
DAGS = _ROOT / "dags"
FIXTURES = _ROOT / "fixtures"


def told(path: Path) -> str:
    """A path as a report may tell it: from here, or by its name alone: the way to elsewhere tells where this was."""
    here = os.path.relpath(path)
    return path.name if here.startswith(os.pardir) else here
