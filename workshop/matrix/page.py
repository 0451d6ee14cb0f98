"""The matrix to read, `docs/matrix.md`: each case by Airflow version, and where versions differ. Needs no Airflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby

from conformance.catalogue import Entry, catalogue
from conformance.deviations import Fact, facts, reported
from conformance.report.record import Outcome
from conformance.report.views.markdown import table
from workshop.matrix.outcomes import Seen

_TOP = """
# Every case on every Airflow

What came of the {cases} cases of [the specification](specification.md) on the reference DAGs, on the newest patch of
each minor of Airflow. The same with the patterns, their DAGs and pictures, and a filter: [matrix.html](matrix.html),
one page that needs no network; download it, for a repository shows its source.

* A number: on so many subjects (a task, a DAG, a file, a trigger rule) the case was tried, and passed.
* **✗**: on so many subjects Airflow does something else. It is known and has a link, see [below](#what-is-known).
* n/a: there is nothing to try; the case, or what it is about, came later or is gone.

{counts}

This page is written by `make docs` from [fixtures/matrix.csv](../fixtures/matrix.csv), which the same command takes
from a run on each Airflow; every test run holds what it sees against that file. Do not edit it.
"""


def written(matrix: Mapping[str, Seen]) -> str:
    """The text of `docs/matrix.md`."""
    entries = catalogue()
    differing = [entry for entry in entries if len({_cell(matrix[v], entry) for v in matrix}) > 1]
    parts = [
        _TOP.strip().format(cases=len(entries), counts=_counts(matrix)),
        "## Where versions differ",
        _table(matrix, differing),
        "## What is known",
        "\n".join(map(_known, facts())),
        "## Everything",
    ]
    for pattern, found in groupby(entries, key=lambda entry: entry.pattern):
        parts += [f"### {pattern}", _table(matrix, list(found))]
    return "\n\n".join(parts) + "\n"


def _counts(matrix: Mapping[str, Seen]) -> str:
    counts = {version: Counter(found.values()) for version, found in matrix.items()}
    outcomes = [outcome for outcome in Outcome if any(outcome in found for found in counts.values())]
    rows = [[version, *(str(found[outcome]) for outcome in outcomes)] for version, found in counts.items()]
    return table(["Airflow", *(outcome.value for outcome in outcomes)], rows, numbers_from=1)


def _table(matrix: Mapping[str, Seen], entries: list[Entry]) -> str:
    rows = (
        [_link(entry.case.id), entry.case.claim, *(_cell(found, entry) for found in matrix.values())]
        for entry in entries
    )
    return table(["Case", "It says", *map(_minor, matrix)], rows, numbers_from=2)


def _cell(found: Seen, entry: Entry) -> str:
    counts = Counter(outcome for (case, _), outcome in found.items() if case == entry.case.id)
    passed, otherwise = counts.pop(Outcome.passed, 0), counts.pop(Outcome.deviation, 0)
    counts.pop(Outcome.not_applicable, 0)
    words = [str(passed)] * bool(passed) + [f"**✗** {otherwise}"] * bool(otherwise)
    words += [f"{count} {outcome.value}" for outcome, count in counts.items()]
    return ", ".join(words) or "n/a"


def _known(fact: Fact) -> str:
    cases = ", ".join(map(_link, fact.cases))
    return f"* Airflow `{fact.airflow}`: {fact.seen} ({cases}; {reported(fact.link)})"


def _link(case: str) -> str:
    return f"[{case}](specification.md#{case.lower()})"


def _minor(version: str) -> str:
    return version.rpartition(".")[0]
