"""What a case gets to simulate with, and what it is told when that cannot be."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import pytest

from conformance.errors import NotSimulated, NotThere, UserError
from conformance.folder import missing_plugins
from conformance.sandbox.time_limit import OutOfTime

if TYPE_CHECKING:
    from conformance.pytest_plugin.subjects import UnderTest
    from conformance.simulator import Simulator
    from conformance.simulator.run import SimulatedRun
    from conformance.simulator.scenario import Word

MOST_RUNS = 40
"""So many runs are remembered: the cases of a pattern often ask the same of a DAG, one after the other."""

OWN_CODE = {"own_code", "does", "receives"}
"""What a word says if code runs that is not the scenario's, which may do something else the next time."""


_kept: dict[str, None] = {}


def what_was_kept() -> str:
    """What the sandbox kept from tasks that ran their own code since the last call: a case may pass in spite of it."""
    told = "; ".join(_kept)
    _kept.clear()
    return told and f"without what the sandbox kept from it: {told}"


@lru_cache(maxsize=4)
def simulator(tested: UnderTest) -> Simulator:
    """`simulate(dag_id, *scenario, **options)` for the DAGs of a folder."""
    from conformance.simulator.alike import OnceForAll
    from conformance.simulator.simulate import is_about_params, next_run, prepare, retry_waits, why_refused

    prepare()  # now, in no case's time
    remembered: dict[str, tuple[tuple[Word, ...], SimulatedRun]] = {}
    given_up: dict[str, str] = {}
    simulate = OnceForAll()

    def simulated(dag_id: str, *scenario: Any, **options: Any) -> Any:
        asked = repr((dag_id, scenario, options))
        if asked in remembered:
            return remembered[asked][1]
        # Whatever else is asked of the own code of a DAG, it is the same code.
        attempt = dag_id if options.get("execute") else asked
        if attempt in given_up:
            pytest.skip(f"not tried again, for it came to no end before: {given_up[attempt]}")
        try:
            run = simulate(tested.dag(dag_id), *scenario, **options)
        except OutOfTime as error:
            given_up[attempt] = str(error)
            raise
        except NotSimulated as error:
            pytest.skip(str(error))
        except NotThere as error:
            pytest.fail(str(error))
        except UserError as error:
            if options.get("until"):  # there is no scheduled run, which the claim says there is
                pytest.fail(str(error))
            raise
        except Exception as error:
            # Airflow refuses to store the DAG, or to create a run of it without a `conf`. Both names are public.
            if lacks := missing_plugins.needed(str(error)):
                pytest.skip(lacks)
            if type(error).__name__ == "SerializationError":
                if options.get("others_empty"):
                    pytest.skip("not applicable: Airflow refuses to store this DAG, as ANY-002 says")
                pytest.fail(str(error))
            if is_about_params(error) and not options.get("conf"):
                pytest.skip(f"not applicable: needs a `conf` to run: {error}")
            raise
        _kept.update(dict.fromkeys(what for each in (run, *run.others) for what in each.kept_from()))
        if not options.get("execute") and not any(OWN_CODE & word.says.keys() for word in scenario):
            if len(remembered) == MOST_RUNS:
                del remembered[next(iter(remembered))]
            remembered[asked] = scenario, run  # with the words: what they hold must not give its address to another
        return run

    asking = cast("Any", simulated)
    asking.retry_waits = lambda dag_id, task: retry_waits(tested.dag(dag_id), task)
    asking.next_run = lambda dag_id, at: next_run(tested.dag(dag_id), at)
    asking.refused = lambda dag_id, conf: why_refused(tested.dag(dag_id), conf)
    return cast("Simulator", simulated)
