"""
Sensor result: a sensor hands over what it found.

Reference DAG: dags/sensor_result.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import SENSOR, directly_downstream_of
from conformance.simulator import Simulate, never, succeed


@dataclass(frozen=True, kw_only=True, repr=False)
class SensorResult(Claim):
    """A sensor that hands what it found to the next task."""

    pattern = "sensor-result"
    roles = ("sensor", "downstream")
    shapes: ClassVar = {"sensor": (SENSOR,), "downstream": (directly_downstream_of("sensor"),)}

    sensor: str
    """The sensor."""
    downstream: str
    """The task directly downstream of it that gets what the sensor found. Its own code runs, on an AWS in memory."""
    good: str
    """A result with which the next task succeeds."""
    bad: str
    """A result with which the next task fails."""
    finds: str = UNSAID
    """What the sensor's own code finds in a simulation, at its first poke."""


@case("SENSORRESULT-001", needs=("finds",))
def test_a_sensor_has_a_result(sensor_result: SensorResult, simulate: Simulate) -> None:
    """
    What a sensor finds is its XCom.

    If this fails: the sensor returns true instead of a `PokeReturnValue`, and its result is lost.
    """
    run = simulate(sensor_result.dag, execute=True)

    for instance in run.instances(sensor_result.sensor):
        found = run.xcom(sensor_result.sensor, map_index=instance.map_index)
        assert found == sensor_result.finds, run.explain(sensor_result.sensor)


@case("SENSORRESULT-002")
def test_the_result_reaches_the_next_task(sensor_result: SensorResult, simulate: Simulate) -> None:
    """
    The next task gets what the sensor found, and succeeds if it is good.

    If this fails: the next task asks for the XCom of another task, or under another key.
    """
    run = simulate(sensor_result.dag, succeed(sensor_result.sensor, sensor_result.good), execute=True)

    assert run.state_of(sensor_result.downstream) == "success", run.explain(sensor_result.downstream)


@case("SENSORRESULT-003")
def test_a_bad_result_fails_the_next_task(sensor_result: SensorResult, simulate: Simulate) -> None:
    """
    A bad result fails the next task and so the run; the sensor that found it has succeeded.

    If this fails: the next task does not look at what it gets.
    """
    run = simulate(sensor_result.dag, succeed(sensor_result.sensor, sensor_result.bad), execute=True)

    assert run.state_of(sensor_result.sensor) == "success", run.explain(sensor_result.sensor)
    assert run.state_of(sensor_result.downstream) == "failed", run.explain(sensor_result.downstream)
    assert run.state == "failed", run.explain()


@case("SENSORRESULT-004")
def test_a_bad_result_is_not_tried_again(sensor_result: SensorResult, simulate: Simulate) -> None:
    """
    A task that fails because of a bad result is not retried: a second try would get the same.

    If this fails: it raises an exception other than `AirflowFailException`, and has retries.
    """
    run = simulate(sensor_result.dag, succeed(sensor_result.sensor, sensor_result.bad), execute=True)

    assert run.tries(sensor_result.downstream) == 1, run.explain(sensor_result.downstream)


@case("SENSORRESULT-005")
def test_a_timeout_has_no_result(sensor_result: SensorResult, simulate: Simulate) -> None:
    """
    A sensor that gives up hands over nothing, not even what it saw on the way, and the next task does not run.

    If this fails: the trigger rule of the next task lets it run without a result.
    """
    sensor = sensor_result.sensor
    run = simulate(sensor_result.dag, never(sensor), succeed(sensor, sensor_result.good), execute=True)

    assert [value for (key, _), value in run.xcoms.items() if key.task_id == sensor] == [], run.explain(sensor)
    assert run.state_of(sensor_result.downstream) == "upstream_failed", run.explain(sensor_result.downstream)
