"""Proves the simulator against timelines worked out by hand: when everything starts, waits and ends, in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from conformance.folder.parse import parse
from conformance.simulator.run import SimulatedRun
from conformance.simulator.scenario import (
    Word,
    defer,
    done_after,
    fail,
    fail_for_good,
    hang,
    never,
    succeed,
    takes,
)
from conformance.simulator.simulate import simulate
from conformance.simulator.simulation import HORIZON

pytestmark = pytest.mark.at_the_ends_of_each_line

EVERY_MINUTE_TO_SIX = [0, 60, 120, 180, 240, 300, 360]
"""A sensor that pokes every minute gives up when more than its 300 seconds have passed, and not at 300 exactly."""

MONTH = 30 * 86400


Run = Callable[..., SimulatedRun]
"""`run(dag_id, *scenario)` simulates a DAG of timelines.py."""


@pytest.fixture(scope="module")
def run(sandbox: None) -> Run:
    """Simulates a DAG of timelines.py, by its id."""
    dags, error = parse(Path(__file__).parent / "dags" / "timelines.py")
    assert error is None
    return lambda dag_id, *scenario, **options: simulate(dags[dag_id], *scenario, **options)


# --- retries ---


def test_a_constant_delay_separates_tries(run: Run) -> None:
    """Four tries with a delay of five minutes start five minutes apart."""
    retrying = run("retrying", fail("constant"))

    assert retrying.starts("constant") == [0, 300, 600, 900]
    assert retrying.path("constant")[-1] == "failed"
    assert retrying.seconds == 900


def test_a_delay_counts_from_the_end_of_a_try(run: Run) -> None:
    """A try that takes a minute moves the next one by a minute."""
    retrying = run("retrying", takes("constant", minutes=1), fail("constant", times=2))

    assert retrying.starts("constant") == [0, 360, 720]
    assert retrying.ends("constant") == [60, 420, 780]
    assert retrying.waits("constant") == [300, 300]
    assert retrying.state_of("constant") == "success"


def test_backoff_stays_within_its_bounds(run: Run) -> None:
    """Exponential backoff waits from delay*2^(n-1) to delay*2^n before retry n, and never longer than the maximum."""
    waits = run("retrying", fail("growing")).waits("growing")

    assert len(waits) == 5
    for wait, (least, most) in zip(waits, [(60, 120), (120, 240), (240, 480), (480, 600), (600, 600)], strict=True):
        assert least <= wait <= most, waits


def test_failing_for_good_ends_the_tries(run: Run) -> None:
    """A task that fails for good is not tried again, however many retries it has left."""
    retrying = run("retrying", fail_for_good("constant"))

    assert retrying.starts("constant") == [0]
    assert retrying.state_of("constant") == "failed"


# --- sensors ---


@pytest.mark.parametrize("sensor", ["poke", "reschedule"])
def test_a_sensor_times_out(run: Run, sensor: str) -> None:
    """A sensor pokes every minute and fails at its first poke after its timeout, in both modes."""
    waiting = run("waiting", never(sensor))

    assert waiting.pokes(sensor) == EVERY_MINUTE_TO_SIX
    assert waiting.ends(sensor) == [360]
    assert waiting.state_of(sensor) == "failed"


def test_sensors_do_not_disturb_each_other(run: Run) -> None:
    """Side by side, two sensors of different modes poke when each would poke alone."""
    waiting = run("waiting", never("poke"), never("reschedule"))

    assert waiting.pokes("poke") == waiting.pokes("reschedule") == EVERY_MINUTE_TO_SIX
    assert waiting.seconds == 360


@pytest.mark.parametrize("sensor", ["poke", "reschedule"])
def test_a_sensor_sees_at_its_next_poke(run: Run, sensor: str) -> None:
    """What comes after 90 seconds is seen at the poke after it, at 120."""
    waiting = run("waiting", done_after(sensor, seconds=90))

    assert waiting.pokes(sensor) == [0, 60, 120]
    assert waiting.state_of(sensor) == "success"
    assert waiting.seconds == 120


def test_only_a_poking_sensor_keeps_its_slot(run: Run) -> None:
    """A wait of five minutes occupies a slot for all of it in poke mode, and for none of it in reschedule mode."""
    waiting = run("waiting", done_after("poke", minutes=5), done_after("reschedule", minutes=5))

    assert waiting.slot_seconds("poke") == 300
    assert waiting.slot_seconds("reschedule") == 0


@pytest.mark.parametrize("sensor", ["poking", "rescheduling"])
def test_work_does_not_grow_with_simulated_time(run: Run, sensor: str) -> None:
    """A poke costs as much work in a wait of thirty days as in one of five minutes: waiting itself costs nothing."""
    costs = {}
    for dag_id, seconds, pokes in ("short_wait", 300, 6), ("long_wait", MONTH, 31):
        with counted_statements() as statements:
            waiting = run(dag_id, done_after(sensor, seconds=seconds))
        assert len(waiting.pokes(sensor)) == pokes
        assert waiting.seconds == seconds
        costs[dag_id] = len(statements) / pokes

    assert costs["long_wait"] <= costs["short_wait"]


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Everything that is asked of the database meanwhile."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# --- tasks side by side ---


def test_a_slow_task_delays_only_what_is_behind_it(run: Run) -> None:
    """Beside a task of forty minutes its sibling runs at once; the task downstream of it starts when it ends."""
    overlapping = run("overlapping", takes("slow", minutes=40))

    assert overlapping.starts("slow") == overlapping.starts("sibling") == [0]
    assert overlapping.starts("after_sibling") == [0]
    assert overlapping.ends("slow") == [2400]
    assert overlapping.starts("after_slow") == [2400]
    assert overlapping.seconds == 2400


def test_a_task_is_stopped_at_its_timeout(run: Run) -> None:
    """A task that hangs is stopped in the very second of its execution_timeout, in every try."""
    overlapping = run("overlapping", hang("limited"), takes("slow", minutes=4))

    assert overlapping.starts("limited") == [0, 900]
    assert overlapping.ends("limited") == [300, 1200]
    assert overlapping.state_of("limited") == "failed"
    assert "AirflowTaskTimeout" in overlapping.explain("limited")
    assert overlapping.ends("slow") == [240]


def test_a_task_just_in_time_is_not_stopped(run: Run) -> None:
    """A task that ends a second before its execution_timeout succeeds."""
    overlapping = run("overlapping", takes("limited", seconds=299))

    assert overlapping.ends("limited") == [299]
    assert overlapping.state == "success"


def test_instances_of_a_mapped_task_overlap(run: Run) -> None:
    """All instances of a mapped task start together, and one that is tried again does not hold up the others."""
    mapping = run("mapping", succeed("items", [1, 2, 3]), takes("each", minutes=10), fail("each", times=1, map_index=1))

    assert [mapping.starts("each", i) for i in range(3)] == [[0], [0, 900], [0]]
    assert [mapping.ends("each", i) for i in range(3)] == [[600], [600, 1500], [600]]
    assert mapping.starts("total") == [1500]
    assert mapping.state == "success"


# --- deferral ---


def test_a_deferred_task_goes_on_at_its_event(run: Run) -> None:
    """A task that defers is resumed when its trigger fires, and occupies no slot until then."""
    overlapping = run("overlapping", defer("slow", seconds=1800))

    assert overlapping.ends("slow") == [1800]
    assert overlapping.starts("after_slow") == [1800]
    assert overlapping.slot_seconds("slow") == 0
    assert "deferred" in overlapping.path("slow")
    assert overlapping.state == "success"


def test_a_deferral_fails_at_its_timeout(run: Run) -> None:
    """A task whose trigger does not fire in time fails when the time is up."""
    overlapping = run("overlapping", defer("slow", seconds=1800, timeout=600))

    assert overlapping.ends("slow") == [600]
    assert overlapping.state_of("slow") == "failed"
    assert overlapping.state_of("after_slow") == "upstream_failed"


# --- callbacks ---


@pytest.mark.parametrize(
    ("failures", "last"), [(1, "on_success_callback"), (2, "on_failure_callback")], ids=["in-the-end-well", "for-good"]
)
def test_callbacks_come_in_order(run: Run, failures: int, last: str) -> None:
    """Each try calls on_execute first; a try that another follows ends with on_retry, the last with how it came out."""
    calling = run("calling", fail("caller", times=failures))

    assert calling.callbacks("caller") == [
        "on_execute_callback",
        "on_retry_callback",
        "on_execute_callback",
        last,
    ]
    assert calling.callbacks() == [last]
    assert [at for at, _, _ in calling.called] == [0, 0, 300, 300, 300]


def test_a_scripted_task_runs_no_code_of_its_own(run: Run) -> None:
    """A scripted task calls neither its function nor its hooks, which would all fail it."""
    assert run("calling").state == "success"


# --- clearing ---


@pytest.mark.parametrize("depth", ["run", "scheduler"])
def test_a_cleared_task_runs_again_with_all_behind_it(run: Run, depth: str) -> None:
    """What is cleared when the run has ended runs again from that instant on; what is beside it does not."""
    cleared = run("overlapping", fail("slow", times=1), takes("slow", minutes=2), clear="slow", depth=depth)

    assert cleared.try_numbers("slow") == [1, 2]
    assert cleared.starts("slow") == [0, 120]
    assert cleared.starts("after_slow") == [240]
    assert cleared.tries("sibling") == cleared.tries("after_sibling") == 1
    assert "upstream_failed" in cleared.path("after_slow")
    assert cleared.state == "success"
    assert cleared.seconds == 240


# --- the simulation itself ---


def test_a_run_that_cannot_end_says_why(run: Run) -> None:
    """A task that hangs without a timeout ends the simulation at its horizon, with the task's name as the reason."""
    overlapping = run("overlapping", hang("slow"))

    assert not overlapping.finished
    assert overlapping.state == "running"
    assert overlapping.end.startswith(f"still waiting after {HORIZON.days} simulated days")
    assert "slow (running)" in overlapping.end
    assert overlapping.state_of("sibling") == "success"


@pytest.mark.parametrize(
    ("dag_id", "scenario"),
    [
        ("retrying", [fail("growing"), fail("constant", times=2), takes("once", minutes=3)]),
        ("waiting", [never("poke"), done_after("reschedule", minutes=3)]),
        ("overlapping", [hang("limited"), defer("slow", seconds=90), takes("sibling", hours=2)]),
        ("mapping", [fail("each", map_index=0), takes("each", minutes=2, map_index=1)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_two_runs_of_one_scenario_are_equal(run: Run, dag_id: str, scenario: list[Word]) -> None:
    """Two runs of one scenario agree in every state, time, try, callback, error and XCom."""
    assert run(dag_id, *scenario) == run(dag_id, *scenario)
