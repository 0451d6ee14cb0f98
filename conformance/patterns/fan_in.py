"""
Fan-in: a task waits for several, and goes on if enough of them have succeeded.

Reference DAG: dags/fan_in.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import ENOUGH, WAITING, directly_upstream_of, one_of, two
from conformance.simulator import Simulate, fail, succeed, takes


@dataclass(frozen=True, kw_only=True, repr=False)
class FanIn(Claim):
    """One task that waits for several, and goes on if enough of them have succeeded."""

    pattern = "fan-in"
    roles = ("join", "upstreams", "required", "either")
    shapes: ClassVar = {
        "join": (WAITING,),
        "upstreams": (directly_upstream_of("join"), two("upstreams"), ENOUGH),
        "required": (one_of("upstreams"),),
        "either": (one_of("upstreams"), two("either")),
    }

    join: str
    """
    The task that waits; it is directly downstream of its upstreams. Its own code runs, for it may be what decides.
    """
    upstreams: tuple[str, ...]
    """The tasks directly before the join, in any order. They return what the DAG's own code returns."""
    at_least: int = UNSAID
    """How many upstreams have to succeed, whichever they are."""
    required: tuple[str, ...] = UNSAID
    """With `either`: the upstreams that all have to succeed."""
    either: tuple[str, ...] = UNSAID
    """The upstreams of which one has to succeed, and all of `required`."""

    @property
    def needs_all(self) -> bool:
        """Whether every upstream has to succeed."""
        return self.at_least is None and self.either is None

    @property
    def decides(self) -> bool:
        """Whether some upstreams are enough, which the join finds out for itself."""
        return not self.needs_all


@case("FAN-001")
def test_waits_for_the_slowest(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join starts when the last of its upstreams has ended, not before.

    If this fails: a trigger rule such as `one_success` or `one_done` starts it early.
    """
    slow = [takes(task, minutes=10 * place) for place, task in enumerate(fan_in.upstreams, 1)]
    run = simulate(fan_in.dag, *slow, execute=True)

    assert run.starts(fan_in.join) == [600 * len(fan_in.upstreams)], run.explain(fan_in.join)
    assert run.state_of(fan_in.join) == "success", run.explain(fan_in.join)


@case("FAN-002", needs=("needs_all",))
def test_one_failure_stops_it(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that needs all its upstreams is `upstream_failed` when one of them fails, whichever, and so the run fails.

    If this fails: the trigger rule lets the join run after a failure.
    """
    for task in fan_in.upstreams[0], fan_in.upstreams[-1]:
        run = simulate(fan_in.dag, fail(task), execute=True)

        assert run.state_of(fan_in.join) == "upstream_failed", run.explain(fan_in.join)
        assert run.state == "failed", run.explain(fan_in.join)


@case("FAN-003", needs=("needs_all",))
def test_does_not_wait_to_be_stopped(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that needs all its upstreams is `upstream_failed` at the first failure, while the other upstreams still run.

    If this fails: the join waits for all with `all_done`, and decides when it is late.
    """
    first, *others = fan_in.upstreams
    run = simulate(fan_in.dag, fail(first), *[takes(task, minutes=10) for task in others], execute=True)

    stopped = [at for at, key, state in run.history if key.task_id == fan_in.join and state == "upstream_failed"]
    assert set(stopped) == {run.ends(first)[-1]}, run.explain(fan_in.join)
    assert all(run.ends(task) == [600] for task in others), run.explain(fan_in.join)


@case("FAN-004", needs=("at_least",))
def test_goes_on_with_a_quorum(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that needs so many of its upstreams succeeds when as many have, and so does the run, although others failed.

    If this fails: the join counts wrong, or its trigger rule is not `all_done` and it is stopped by a failure.
    """
    for failed in fan_in.upstreams[fan_in.at_least :], fan_in.upstreams[: -fan_in.at_least]:
        run = simulate(fan_in.dag, *map(fail, failed), execute=True)

        assert run.state_of(fan_in.join) == "success", run.explain(fan_in.join)
        assert run.state == "success", run.explain(fan_in.join)


@case("FAN-005", needs=("at_least",))
def test_fails_without_a_quorum(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that needs so many of its upstreams fails when one too few has succeeded, and so the run fails.

    If this fails: the join counts wrong, or skips itself, which leaves the run a success.
    """
    run = simulate(fan_in.dag, *map(fail, fan_in.upstreams[fan_in.at_least - 1 :]), execute=True)

    assert run.state_of(fan_in.join) == "failed", run.explain(fan_in.join)
    assert run.state == "failed", run.explain(fan_in.join)


@case("FAN-006", needs=("either",))
def test_goes_on_with_either(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that needs some upstreams, and one of some others, succeeds with any one of these others.

    If this fails: the join asks for all of the others, or its trigger rule is not `all_done`.
    """
    for there in fan_in.either:
        missing = [task for task in fan_in.either if task != there]
        run = simulate(fan_in.dag, *map(fail, missing), execute=True)

        assert run.state_of(fan_in.join) == "success", run.explain(fan_in.join)


@case("FAN-007", needs=("either",))
def test_fails_with_neither(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that needs some upstreams, and one of some others, fails when none of these others has succeeded.

    If this fails: the join takes "or" for the whole condition.
    """
    run = simulate(fan_in.dag, *map(fail, fan_in.either), execute=True)

    assert run.state_of(fan_in.join) == "failed", run.explain(fan_in.join)


@case("FAN-008", needs=("required",))
def test_fails_without_what_it_requires(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that needs some upstreams, and one of some others, fails without the former whatever the latter do.

    If this fails: the join takes "or" for the whole condition, or counts.
    """
    for task in fan_in.required:
        run = simulate(fan_in.dag, fail(task), execute=True)

        assert run.state_of(fan_in.join) == "failed", run.explain(fan_in.join)


@case("FAN-009", needs=("decides",))
def test_nothing_to_report_is_no_failure(fan_in: FanIn, simulate: Simulate) -> None:
    """
    A join that decides for itself does not take an upstream that succeeded and returned None for a failed one.

    If this fails: the join goes by the results: what a failed task should have returned is None, too.
    """
    run = simulate(fan_in.dag, *[succeed(task, None) for task in fan_in.upstreams], execute=True)

    assert run.state_of(fan_in.join) == "success", run.explain(fan_in.join)
