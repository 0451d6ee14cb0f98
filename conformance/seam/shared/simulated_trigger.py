"""The trigger behind a deferral that a scenario asks for: it stands in the metadata database, and never runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent


class SimulatedTrigger(BaseTrigger):
    """A trigger that only stands in the metadata database."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as Airflow stores them."""
        return ("conformance.seam.shared.simulated_trigger.SimulatedTrigger", {})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Never called: the simulator fires this trigger itself."""
        raise NotImplementedError
        yield TriggerEvent(None)
