"""What a case gets to simulate with, and what it is told when that cannot be."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import NotPlayed

if TYPE_CHECKING:
    from conformance.simulator import Simulate
    from conformance.simulator.run import SimulatedRun
    from conformance.simulator.scenario import Word
    from conformance.under_test import UnderTest

MOST_RUNS = 40
"""So many runs are remembered: the cases of a pattern often ask the same of a DAG, one after the other."""

OWN_CODE = {"own_code", "does", "receives"}
"""What a word says if code runs that is not the scenario's, which may do something else the next time."""


@lru_cache(maxsize=4)
def simulator(tested: UnderTest) -> Simulate:
    """`simulate(dag_id, *scenario, **options)` for the DAGs of a folder."""
    from conformance.simulator import simulate
    from conformance.simulator.simulate import prepare

    prepare()  # now, in no case's time
    remembered: dict[str, tuple[tuple[Word, ...], SimulatedRun]] = {}

    def simulated(dag_id: str, *scenario: Any, **options: Any) -> Any:
        asked = repr((dag_id, scenario, options))
        if asked in remembered:
            return remembered[asked][1]
        try:
            run = simulate(tested.dag(dag_id), *scenario, **options)
        except NotPlayed as error:
            pytest.skip(str(error))
        except Exception as error:
            # Airflow refuses to store the DAG, or to create a run of it without a `conf`. Both names are public.
            if type(error).__name__ == "SerializationError":
                if options.get("others_empty"):
                    pytest.skip("not applicable: Airflow refuses to store this DAG, as ANY-002 says")
                pytest.fail(str(error))
            if type(error).__name__ == "ParamValidationError" and not options.get("conf"):
                pytest.skip(f"not applicable: needs a `conf` to run: {error}")
            raise
        if not options.get("execute") and not any(OWN_CODE & word.says.keys() for word in scenario):
            if len(remembered) == MOST_RUNS:
                del remembered[next(iter(remembered))]
            remembered[asked] = scenario, run  # with the words: what they hold must not give its address to another
        return run

    return simulated
