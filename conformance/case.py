"""A case: one claim of the specification, as a test function with a permanent ID."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Case:
    """
    What is known of a case besides its code.

    `since` is the first Airflow minor that it speaks of; `needs` names the fields a claim must fill for the case to
    apply to it; `each` names the role whose tasks it is about, one by one. What a case that is `advice` finds does not
    fail a run, unless somebody asks for that.
    """

    id: str
    since: str
    needs: tuple[str, ...]
    claim: str
    if_this_fails: str
    each: str = ""
    advice: bool = False


def case(
    id: str, since: str = "2.7", needs: tuple[str, ...] = (), each: str = "", advice: bool = False
) -> Callable[[F], F]:
    """Make a test function a case. Its docstring is one present-tense sentence, then "If this fails: …"."""
    if not re.fullmatch(r"[A-Z]+-\d{3}", id):
        raise ValueError(f"'{id}' is no case ID; they look like RETRY-002")

    def mark(function: F) -> F:
        claim, _, hint = cleandoc(function.__doc__ or "").partition("\n\nIf this fails: ")
        if not claim or not hint or "\n\n" in claim:
            raise ValueError(f"{id}: the docstring is one sentence, then 'If this fails: …'")
        sentence, hint = " ".join(claim.split()), " ".join(hint.split())
        function.case = Case(id, since, needs, sentence, hint, each, advice)  # type: ignore[attr-defined]
        return function

    return mark


class FoundInTask(AssertionError):
    """A case fails because of one task, whose line a report then tells."""

    def __init__(self, task: str, message: str) -> None:
        super().__init__(message)
        self.task = task


def case_of(function: Any) -> Case | None:
    """The case that a test function is, if it is one."""
    return getattr(function, "case", None)
