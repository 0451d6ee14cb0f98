"""What the installed Airflow does with joins, asked once in a process."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from conformance.seam.api import SETUP, States
from conformance.truth.tables import MOST_GROUPED, combinations, combinations_with_setups


class Joins:
    """What becomes of a join, by its trigger rule and the states of its upstreams, in whatever order."""

    def decided(self, rule: str, upstreams: States) -> str:
        """What the scheduler does with the join: run, wait, or the state that it puts it in."""
        return str(self._fate(rule, upstreams).join)

    def asked(self, rule: str, upstreams: States) -> str:
        """What Airflow tells somebody who only asks, deciding nothing: run or wait."""
        return str(self._fate(rule, upstreams).asked)

    def run_ended(self, rule: str, upstreams: States) -> str:
        """How the run ends, if the join succeeds when it runs."""
        return str(self._fate(rule, upstreams).run)

    def decided_on_instances(self, rule: str, upstreams: States) -> str:
        """What the scheduler does with the join if these are the states of the instances of a mapped task."""
        return str(self._of_instances[rule, upstreams])

    def decided_on_instance(self, rule: str, upstreams: States) -> str:
        """What the scheduler does with an instance of the join, if that is mapped."""
        return str(self._of_mapped[rule, upstreams, False])

    def decided_on_surplus(self, rule: str, upstreams: States) -> str:
        """The same, if the map index of the instance is not below the number of upstreams that succeeded."""
        return str(self._of_mapped[rule, upstreams, True])

    def decided_in_group(self, rule: str, upstreams: States) -> str:
        """What the scheduler does with the join if it and its upstreams are in a mapped task group."""
        return str(self._of_groups[rule, upstreams])

    def _fate(self, rule: str, upstreams: States) -> Any:
        has_setups = any(state.startswith(SETUP) for state in upstreams)
        return (self._of_setups if has_setups else self._of_tasks)[rule, upstreams]

    @cached_property
    def _of_tasks(self) -> Any:
        from conformance.seam import joins

        return joins.of_tasks(combinations())

    @cached_property
    def _of_setups(self) -> Any:
        from conformance.seam import joins

        return joins.of_setups(combinations_with_setups())

    @cached_property
    def _of_instances(self) -> Any:
        from conformance.seam import joins

        return joins.of_instances(combinations())

    @cached_property
    def _of_mapped(self) -> Any:
        from conformance.seam import joins

        return joins.of_mapped(combinations())

    @cached_property
    def _of_groups(self) -> Any:
        from conformance.seam import joins

        return joins.of_groups(states for states in combinations() if len(states) <= MOST_GROUPED)
