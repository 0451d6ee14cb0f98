"""
`fixtures/matrix.csv`: a line for each case and subject, a column for each Airflow, and in it what came of it there.

Of the cases that hold for every DAG whatsoever, it has what came of the reference DAGs that are theirs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from conformance.catalogue import catalogue, reference_files
from conformance.claims.kinds import kinds
from conformance.paths import FIXTURES
from conformance.report.record import Outcome, Record
from conformance.roles.whole_dag import WholeDag
from conformance.versions import pins

FILE = FIXTURES / "matrix.csv"

Pair: TypeAlias = "tuple[str, str]"
"""The ID of a case, and the subject that it was tried on."""
Seen: TypeAlias = "dict[Pair, Outcome]"
"""What came of each on one Airflow."""


def seen(records: Iterable[Record]) -> Seen:
    """What a run saw that belongs in the matrix."""
    return {(record.case, record.subject): record.outcome for record in records if _belongs(record)}


def read() -> dict[str, Seen]:
    """The matrix by Airflow ("3.3.2"), oldest first."""
    matrix: dict[str, Seen] = {pin.version: {} for pin in pins()}
    with FILE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            for version, found in matrix.items():
                if line.get(version):  # a version that was added just now has no column yet
                    found[line["case"], line["subject"]] = Outcome(line[version])
    return matrix


def written(matrix: Mapping[str, Seen]) -> str:
    """The text of the file, in learning order."""
    places = {entry.case.id: place for place, entry in enumerate(catalogue())}
    pairs = {pair for found in matrix.values() for pair in found}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["case", "subject", *matrix])
    for pair in sorted(pairs, key=lambda pair: (places[pair[0]], pair)):
        outcomes = (found.get(pair) for found in matrix.values())
        writer.writerow([*pair, *(outcome.value if outcome else "" for outcome in outcomes)])
    return out.getvalue()


def _belongs(record: Record) -> bool:
    whole = issubclass(kinds()[record.pattern], WholeDag)
    return not whole or record.where.partition(":")[0] in _own_files(record.pattern)


@lru_cache
def _own_files(pattern: str) -> frozenset[str]:
    return frozenset(f"dags/{file}" for file in reference_files()[pattern])
