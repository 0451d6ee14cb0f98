"""What an item of pytest is about, if it is one of a case. Imported with every pytest start."""

from __future__ import annotations

from typing import Any

import pytest

_SIMULATE = {"simulate", "joins"}
"""The fixtures by which Airflow is asked."""


def subject(item: pytest.Item) -> Any:
    """The claim or the file that an item is about; None if nobody claims its pattern."""
    assert isinstance(item, pytest.Function)
    return next(iter(item.callspec.params.values()), None)


def about(item: pytest.Item) -> str:
    """What an item is about, in words."""
    dag = getattr(subject(item), "dag", "")
    return f"DAG '{dag}'" if dag else getattr(subject(item), "label", item.name)


def is_simulated(item: pytest.Item) -> bool:
    """Whether code under test runs in an item; all other cases look at plain data."""
    from conformance.case import case_of

    is_case = case_of(getattr(item, "function", None)) is not None
    return is_case and not _SIMULATE.isdisjoint(getattr(item, "fixturenames", ()))
