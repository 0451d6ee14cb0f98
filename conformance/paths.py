"""Where the data lives: inside the package in an installed wheel, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_ROOT = PACKAGE if (PACKAGE / "fixtures").is_dir() else PACKAGE.parent

PATTERNS = PACKAGE / "patterns"
DAGS = _ROOT / "dags"
FIXTURES = _ROOT / "fixtures"
