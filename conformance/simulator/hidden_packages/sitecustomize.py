"""Loaded by a Python that has this folder on its path: it finds no package that `CONFORMANCE_LACKS` names."""

from __future__ import annotations

import os
import sys


class Lacking:
    """Finds a package missing."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Say what Python says of a package that is not installed."""
        if name.partition(".")[0] in os.environ.get("CONFORMANCE_LACKS", "").split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Lacking)
