"""What the kit tells a person when the input, not the code, is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable


class UserError(Exception):
    """One sentence that says what is wrong, where, and what to do. Printed without a stack trace; exit code 2."""


def known(wanted: Iterable[str], existing: Collection[str], kind: str) -> None:
    """Raise UserError for the first of the names `wanted` that is not among the `existing` ones, and list these."""
    for name in wanted:
        if name not in existing:
            raise UserError(f"There is no {kind} '{name}': choose from {', '.join(sorted(existing)) or 'none'}.")
