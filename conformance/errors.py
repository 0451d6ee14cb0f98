"""What the kit tells a person when the input, not the code, is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches


class UserError(Exception):
    """One sentence that says what is wrong, where, and what to do. Printed without a stack trace; exit code 2."""


class NotThere(UserError):
    """A scenario speaks of what the DAG does not have: in a case, what a claim says is not so."""


class NotSimulated(UserError):
    """What is asked of the simulator is beyond it: why a case is not run, and no failure of the DAG."""


def known(wanted: Iterable[str], existing: Collection[str], kind: str) -> None:
    """Raise UserError for the first of the names `wanted` that is not among the `existing` ones, and list these."""
    for name in wanted:
        if name not in existing:
            raise UserError(f"There is no {kind} '{name}': choose from {', '.join(sorted(existing)) or 'none'}.")


def only(entry: Iterable[str], known: Collection[str], where: str) -> None:
    """Raise UserError for a name in `entry` that is not among the `known` ones, and list these."""
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise UserError(f"{where}: nothing is called '{unknown[0]}': use one of {quoted(known)}.")


def quoted(names: Iterable[str]) -> str:
    """Names as a sentence lists them."""
    return ", ".join(f"'{name}'" for name in sorted(names)) or "none"


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them: `a, b and c`."""
    *most, last = words or [""]
    return f"{', '.join(most)} and {last}" if most else last


def nearest(name: str, names: Collection[str]) -> str:
    """The names that `name` may have been meant to be, as a sentence lists them."""
    return quoted(get_close_matches(name, names, n=5, cutoff=0))
