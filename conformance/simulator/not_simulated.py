"""What a task asks for that the simulator does not have: such a task is not run, and nothing is said against it."""

from __future__ import annotations

from typing import Any

from conformance.errors import NotSimulated

_ASK_FOR = {
    "TriggerDagRunOperator": "starts a run of another DAG, and no other DAG is simulated",
    "ExternalTaskSensor": "waits for another DAG, and no other DAG is simulated",
    "HITLOperator": "waits for a person, and nobody answers",
}
"""Operators by the name of their class, which moved from Airflow to a provider; what is derived from one asks, too."""


def refusal(operator: Any) -> NotSimulated | None:
    """Why the own code of an operator cannot run here; None if it can."""
    asked = next((_ASK_FOR[kind.__name__] for kind in type(operator).__mro__ if kind.__name__ in _ASK_FOR), None)
    return NotSimulated(f"Task '{operator.task_id}' {asked} yet.") if asked else None
