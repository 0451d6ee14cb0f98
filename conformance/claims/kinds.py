"""What can be claimed of a DAG, pattern by pattern: each pattern's module says it."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from conformance.patterns import NAMES, ORDER
from conformance.roles.claim import Claim


@lru_cache(maxsize=1)
def kinds() -> dict[str, type[Claim]]:
    """Return the class of the claims of every pattern, by the pattern's name, in learning order."""
    return {pattern: _kind(module, pattern) for module, pattern in zip(ORDER, NAMES, strict=True)}


def _kind(module: str, pattern: str) -> type[Claim]:
    """The class of the claims of a pattern."""
    found = vars(import_module(f"conformance.patterns.{module}")).values()
    return next(one for one in found if isinstance(one, type) and getattr(one, "pattern", "") == pattern)
