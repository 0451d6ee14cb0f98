"""Why a case is not run on a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.case import Case
from conformance.folder.missing import told
from conformance.pytest_plugin.assumed import stand_ins
from conformance.pytest_plugin.subjects import reaches

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest


def why_not(case: Case, subject: Any, tested: UnderTest) -> str:
    """The reason, which begins with `not applicable` if it is no fault; empty if the case is run."""
    for since in (case.since, getattr(subject, "since", "")):
        if not reaches(since):
            return f"not applicable: needs Airflow {since}"
    gone = getattr(subject, "gone", "")
    if gone and reaches(gone):
        return f"not applicable: gone since Airflow {gone}"
    dag = getattr(subject, "dag", None)
    if dag and dag not in tested.folder.dags:
        return f"no file that imports defines DAG '{dag}'"
    if getattr(subject, "asked_for", "") and (missing := stand_ins(subject, tested)):
        return f"own code does not run with stand-ins: {told(missing)}"
    return str(subject.too_large) if case.each else ""
