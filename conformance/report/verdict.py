"""From the outcomes of single cases to one verdict on the whole run, and to the exit code of a command."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Outcome(str, Enum):
    """What became of one case on one subject. Print `.value`: how Python formats a string enum differs by version."""

    passed = "passed"
    failed = "failed"
    error = "error"
    deviation = "deviation"
    surprise = "surprise"
    tolerated = "tolerated"
    advice = "advice"
    assumed = "assumed"
    not_applicable = "not-applicable"
    not_run = "not-run"


class Verdict(str, Enum):
    """What a whole report says. Print `.value`."""

    conforms = "conforms"
    partial = "partial"
    does_not_conform = "does-not-conform"


def verdict(outcomes: Iterable[Outcome]) -> Verdict:
    """Judge a run that came to its end. It conforms only if something was run, and nothing was skipped or broke."""
    seen = set(outcomes)
    if seen & {Outcome.failed, Outcome.surprise}:
        return Verdict.does_not_conform
    if seen & {Outcome.error, Outcome.assumed, Outcome.not_run} or not seen - {Outcome.not_applicable}:
        return Verdict.partial
    return Verdict.conforms


COULD_NOT_TELL = 2
"""The exit code of whatever proves nothing."""


def exit_code(verdict: Verdict) -> int:
    """0: conforms; 1: does not; 2: could not tell."""
    return {Verdict.conforms: 0, Verdict.does_not_conform: 1, Verdict.partial: COULD_NOT_TELL}[verdict]
