"""The page `docs/documentation.md`: what Airflow's own documentation promises, and the cases that execute it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, get_args

from conformance.deviations import facts
from conformance.paths import FIXTURES, PACKAGE
from conformance.report.views.markdown import table

PAGE = PACKAGE.parent / "docs" / "documentation.md"
FILE = FIXTURES / "documentation.csv"

Answer = Literal["executed", "in part", "refuted", "not yet"]
"""Whether cases execute a sentence, execute a part of it, show that it is not so, or say nothing of it so far."""

_TOP = """
# Airflow's documentation, executed

What the documentation of Airflow 3.3 promises of how DAGs behave, page by page, in our own words, and which cases
execute it. A case says more than the sentence: it has a reference DAG, a broken twin, and an outcome on each version.
Where one of the cases deviates on some versions, those are named.

This page is written by `python -m workshop.docs` from `fixtures/documentation.csv`. Do not edit it.
"""


@dataclass(frozen=True)
class Sentence:
    """One promise: the page it is on, on which Airflow it holds ("" for all), and what executes it, or why not."""

    page: str
    sentence: str
    airflow: str
    answer: Answer
    cases: tuple[str, ...]
    why: str


def sentences() -> tuple[Sentence, ...]:
    """Every sentence, in the order of the pages."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = (
            Sentence(**{**row, "cases": tuple(row["cases"].split())})  # type: ignore[arg-type]
            for row in csv.DictReader(file)
        )
        return tuple(rows)


def written() -> str:
    """Return the text of the page."""
    known = sentences()
    parts = [_TOP.strip(), _summary(known)]
    for page, found in groupby(known, lambda one: one.page):
        rows = [(one.sentence, one.airflow and f"`{one.airflow}`", _answer(one), _not_so(one)) for one in found]
        parts += [f"## {page}", table(("What it promises", "on", "Cases", "they deviate on"), rows)]
    return "\n\n".join(parts) + "\n"


def _summary(known: Iterable[Sentence]) -> str:
    counts = Counter(one.answer for one in known)
    rows = [(answer, str(counts[answer])) for answer in get_args(Answer)]
    return table(("Answer", "Sentences"), [*rows, ("all", str(counts.total()))])


def _answer(one: Sentence) -> str:
    links = ", ".join(f"[{case}](specification.md#{case.lower()})" for case in one.cases)
    said = "" if one.answer == "executed" else one.answer
    return ": ".join(filter(None, (" ".join(filter(None, (said, links))), one.why)))


def _not_so(one: Sentence) -> str:
    ranges = (fact.airflow for fact in facts() for case in fact.cases if case in one.cases)
    return ", ".join(f"`{found}`" for found in dict.fromkeys(ranges))
