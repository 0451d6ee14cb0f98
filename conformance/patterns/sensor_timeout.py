"""
Sensor timeout: a task that waits gives up in the end.

Reference DAG: dags/sensor_timeout.py
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import DEFERRABLE, POKING, SENSOR, directly_downstream_of, if_said, unless_said
from conformance.simulator import Simulate, done_after, fail, never

OF_POKES = ("interval", "longest_interval", "reschedules", "default_timeout", "retry_delay", "forgives", "silent")


"""What can be claimed only of a sensor that pokes itself: the cases that ask for it speak of its pokes."""


@dataclass(frozen=True, kw_only=True, repr=False)
class SensorTimeout(Claim):
    """One sensor that gives up waiting."""

    pattern = "sensor-timeout"
    roles = ("sensor", "downstream")
    shapes: ClassVar = {
        "sensor": (
            SENSOR,
            if_said("deferrable", DEFERRABLE),
            unless_said("deferrable", POKING),
            *(if_said(setting, POKING) for setting in OF_POKES),
        ),
        "downstream": (directly_downstream_of("sensor"),),
    }

    sensor: str
    """The task that waits."""
    interval: float = UNSAID
    """The seconds between two pokes (`poke_interval`)."""
    timeout: float = UNSAID
    """The seconds after which the sensor gives up."""
    default_timeout: bool = False
    """Whether the sensor has no `timeout` of its own."""
    reschedules: bool = False
    """Whether the sensor leaves its worker between two pokes (mode `reschedule`)."""
    deferrable: bool = False
    """Whether the sensor defers: it waits without a worker, and its trigger pokes."""
    retries: int = UNSAID
    """How often the sensor is tried again."""
    downstream: str = UNSAID
    """A task directly downstream of the sensor."""
    retry_delay: float = UNSAID
    """The wait before the sensor is tried again after an error (not after a timeout)."""
    soft: bool = False
    """Timing out is a skip, not a failure (`soft_fail`)."""
    forgives: bool = False
    """An error while poking is a skip, not a failure (`never_fail`)."""
    silent: bool = False
    """An error while poking means "not yet" (`silent_fail`)."""
    longest_interval: float = UNSAID
    """With exponential backoff: the longest wait between two pokes (`max_wait`)."""

    @property
    def fails(self) -> bool:
        """Whether timing out is a failure."""
        return not self.soft

    @property
    def stays(self) -> bool:
        """Whether the sensor keeps its worker between two pokes (mode `poke`)."""
        return not (self.reschedules or self.deferrable)

    @property
    def pokes(self) -> bool:
        """Whether it is the sensor that pokes, and not its trigger."""
        return not self.deferrable

    @property
    def steady(self) -> bool:
        """Whether the sensor pokes at a constant interval."""
        return self.longest_interval is None and not self.deferrable


A_WEEK = 7 * 86400
"""The default of `timeout`."""


@case("SENSOR-001", needs=("interval", "steady"))
def test_pokes_at_every_interval(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    A sensor pokes at once and then every `poke_interval`, and succeeds at the first poke that finds what it waits for.

    If this fails: `poke_interval` is not what its owner thinks; the default is 60 seconds.
    """
    sensor, interval = sensor_timeout.sensor, sensor_timeout.interval
    run = simulate(sensor_timeout.dag, done_after(sensor, seconds=2 * interval))

    for instance in run.instances(sensor):
        assert run.pokes(*instance) == [0, interval, 2 * interval], run.explain(sensor)
    assert run.state_of(sensor) == "success", run.explain(sensor)


@case("SENSOR-002", needs=("interval", "timeout", "steady"))
def test_gives_up_at_the_first_poke_after_its_timeout(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    A sensor that waits in vain gives up at its first poke after `timeout`, and not at the timeout itself.

    If this fails: `timeout` is not what its owner thinks; the default is 7 days.
    """
    sensor, interval = sensor_timeout.sensor, sensor_timeout.interval
    run = simulate(sensor_timeout.dag, never(sensor))

    last_poke = interval * (floor(sensor_timeout.timeout / interval) + 1)
    for instance in run.instances(sensor):
        assert run.ends(*instance)[0] == last_poke, run.explain(sensor)


@case("SENSOR-003", needs=("fails",))
def test_a_timeout_is_not_retried(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    A sensor that timed out is not tried again, whatever its retries.

    If this fails: the operator catches `AirflowSensorTimeout` and raises another exception; or it is deferrable, and
    Airflow tries it again.
    """
    run = simulate(sensor_timeout.dag, never(sensor_timeout.sensor))

    assert run.tries(sensor_timeout.sensor) == 1, run.explain(sensor_timeout.sensor)


@case("SENSOR-004", needs=("fails", "downstream"))
def test_a_timeout_stops_what_is_behind_it(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    When a sensor times out it has failed, what is downstream of it is `upstream_failed`, and so the run fails.

    If this fails: `soft_fail` turns the timeout into a skip, or the trigger rule downstream of it lets the next task
    run.
    """
    run = simulate(sensor_timeout.dag, never(sensor_timeout.sensor))

    assert run.state_of(sensor_timeout.sensor) == "failed", run.explain(sensor_timeout.sensor)
    assert run.state_of(sensor_timeout.downstream) == "upstream_failed", run.explain(sensor_timeout.downstream)
    assert run.state == "failed", run.explain()


@case("SENSOR-005", needs=("timeout",))
def test_occupies_a_slot_as_its_mode_says(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    A sensor in mode `poke` occupies a worker slot all the time it waits, one in mode `reschedule` only while it pokes,
    and one that defers only until then.

    If this fails: `mode` is not what its owner thinks; the default is `poke`.
    """
    sensor = sensor_timeout.sensor
    run = simulate(sensor_timeout.dag, never(sensor))

    for instance in run.instances(sensor):
        waited = sum(end - start for start, end in zip(run.starts(*instance), run.ends(*instance), strict=True))
        occupied = waited if sensor_timeout.stays else 0
        assert run.slot_seconds(*instance) == occupied, run.explain(sensor)


@case("SENSOR-006", needs=("reschedules", "interval", "timeout", "retry_delay"))
def test_a_retry_does_not_reset_the_timeout(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    In mode `reschedule` the timeout counts from the first poke of the first try, also after an error and a retry.

    If this fails: the sensor has no retries, so that an error ends it; or Airflow starts to count anew.
    """
    sensor, interval = sensor_timeout.sensor, sensor_timeout.interval
    run = simulate(sensor_timeout.dag, fail(sensor, times=1, pokes=[3]), never(sensor))

    retried_at = 2 * interval + sensor_timeout.retry_delay
    pokes = [retried_at + n * interval for n in range(1000)]
    last = next(poke for poke in pokes if poke > sensor_timeout.timeout)
    for instance in run.instances(sensor):
        assert run.ends(*instance)[-1] == last, run.explain(sensor)


@case("SENSOR-007", needs=("soft", "downstream"))
def test_a_soft_timeout_skips(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    With `soft_fail` a sensor that times out is skipped, and so is what is downstream of it.

    If this fails: `soft_fail` is off, or the trigger rule downstream of it lets the next task run after a skip.
    """
    run = simulate(sensor_timeout.dag, never(sensor_timeout.sensor))

    assert run.state_of(sensor_timeout.sensor) == "skipped", run.explain(sensor_timeout.sensor)
    assert run.state_of(sensor_timeout.downstream) == "skipped", run.explain(sensor_timeout.downstream)


@case("SENSOR-008", needs=("soft", "pokes"))
def test_soft_does_not_forgive_errors(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    With `soft_fail` an error while poking is still a failure; only the timeout is a skip.

    If this fails: errors are turned into skips or into "not yet" somewhere else.
    """
    run = simulate(sensor_timeout.dag, fail(sensor_timeout.sensor))

    assert run.state_of(sensor_timeout.sensor) == "failed", run.explain(sensor_timeout.sensor)


@case("SENSOR-009", since="2.10", needs=("forgives",))
def test_never_fail_forgives_errors(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    With `never_fail` a sensor is skipped when poking raises an error.

    If this fails: `never_fail` is off.
    """
    run = simulate(sensor_timeout.dag, fail(sensor_timeout.sensor))

    assert run.state_of(sensor_timeout.sensor) == "skipped", run.explain(sensor_timeout.sensor)


@case("SENSOR-010", since="2.10", needs=("forgives",))
def test_never_fail_does_not_forgive_a_timeout(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    With `never_fail` a sensor that times out has failed all the same.

    If this fails: the operator catches `AirflowSensorTimeout`.
    """
    run = simulate(sensor_timeout.dag, never(sensor_timeout.sensor))

    assert run.state_of(sensor_timeout.sensor) == "failed", run.explain(sensor_timeout.sensor)


@case("SENSOR-011", needs=("silent",))
def test_silent_fail_takes_an_error_for_not_yet(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    With `silent_fail` an error while poking means "not yet", and the sensor pokes again.

    If this fails: `silent_fail` is off.
    """
    run = simulate(sensor_timeout.dag, fail(sensor_timeout.sensor, pokes=[1, 2]))

    assert run.state_of(sensor_timeout.sensor) == "success", run.explain(sensor_timeout.sensor)
    assert run.tries(sensor_timeout.sensor) == 1, run.explain(sensor_timeout.sensor)


@case("SENSOR-012", needs=("interval", "longest_interval"))
def test_backoff_pokes_less_and_less_often(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    With `exponential_backoff` a sensor waits longer before each poke, from `poke_interval` up to `max_wait` at most.

    If this fails: `exponential_backoff` is off or `max_wait` is not set.
    """
    sensor = sensor_timeout.sensor
    run = simulate(sensor_timeout.dag, done_after(sensor, seconds=10 * sensor_timeout.longest_interval))

    for instance in run.instances(sensor):
        waits = [round(later - poke, 3) for poke, later in pairwise(run.pokes(*instance))]
        growing = [wait for wait in waits if wait < sensor_timeout.longest_interval]
        assert waits[0] < sensor_timeout.longest_interval == max(waits), run.explain(sensor)
        assert growing == sorted(set(growing)), run.explain(sensor)


@case("SENSOR-013", needs=("interval", "default_timeout"))
def test_gives_up_after_a_week(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    A sensor without a `timeout` gives up at its first poke after seven days.

    If this fails: it has a timeout after all, of its own or from `default_args`.
    """
    sensor, interval = sensor_timeout.sensor, sensor_timeout.interval
    run = simulate(sensor_timeout.dag, never(sensor))

    for instance in run.instances(sensor):
        assert run.ends(*instance) == [interval * (floor(A_WEEK / interval) + 1)], run.explain(sensor)


@case("SENSOR-014", needs=("stays", "interval", "timeout", "retry_delay"))
def test_each_try_in_mode_poke_has_the_whole_timeout(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    In mode `poke` the timeout counts from the first poke of each try, so that a retry after an error starts it anew.

    If this fails: the sensor has no retries, so that an error ends it; or Airflow counts from the first try.
    """
    sensor, interval = sensor_timeout.sensor, sensor_timeout.interval
    run = simulate(sensor_timeout.dag, fail(sensor, times=1, pokes=[3]), never(sensor))

    retried_at = 2 * interval + sensor_timeout.retry_delay
    for instance in run.instances(sensor):
        waited = run.ends(*instance)[-1] - retried_at
        assert waited == interval * (floor(sensor_timeout.timeout / interval) + 1), run.explain(sensor)


@case("SENSOR-015", needs=("deferrable", "timeout"))
def test_a_deferrable_sensor_gives_up_at_its_timeout(sensor_timeout: SensorTimeout, simulate: Simulate) -> None:
    """
    A deferrable sensor that waits in vain gives up at its `timeout`, to the second, for its own code says how long it
    may be deferred.

    If this fails: the operator calls `defer` without its `timeout`, and waits for ever, or with another one.
    """
    sensor = sensor_timeout.sensor
    run = simulate(sensor_timeout.dag, never(sensor))

    assert run.end == "finished", run.explain(sensor)
    assert "deferred" in run.path(sensor), run.explain(sensor)
    for instance in run.instances(sensor):
        assert run.ends(*instance)[0] == sensor_timeout.timeout, run.explain(sensor)
