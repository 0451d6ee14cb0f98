"""
Merge: a task brings the arms of a branch together again.

Reference DAG: dags/merge.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.roles.shapes import (
    BRANCH,
    MAPPED,
    WAITING,
    any_mapped,
    directly_downstream_of,
    downstream_of,
    if_said,
    two,
)
from conformance.simulator import Simulate, choose, fail, takes


@dataclass(frozen=True, kw_only=True, repr=False)
class Merge(Claim):
    """One task that joins the arms of a branch."""

    pattern = "merge"
    roles = ("join", "brancher", "arms")
    shapes: ClassVar = {
        "brancher": (BRANCH,),
        "arms": (
            directly_downstream_of("brancher"),
            two("arms"),
            if_said("mapped", MAPPED),
            any_mapped("mapped_arm", "arms"),
        ),
        "join": (WAITING, downstream_of("arms"), if_said("mapped_join", MAPPED)),
    }

    brancher: str
    """The task that chooses."""
    arms: tuple[str, ...]
    """Tasks directly downstream of the brancher, two at least, none of them downstream of another."""
    join: str
    """The task downstream of the arms that brings them together."""
    mapped_arm: bool = False
    """Whether one of the arms is a mapped task."""
    needs_every_arm: bool = False
    """The join runs only when every arm was chosen, as the default rule has it."""
    runs_without_arm: bool = False
    """The join runs also when no arm was chosen."""
    runs_after_failure: bool = False
    """The join runs also when the chosen arms failed."""
    mapped: bool = False
    """Whether the brancher and its arms are in a mapped task group, two instances at least."""
    mapped_join: bool = False
    """Whether the join is in that mapped task group, too."""
    over_result: bool = False
    """Whether that group is mapped over the result of a task."""

    @property
    def needs_any_arm(self) -> bool:
        """Whether one arm is enough for the join, whichever it is."""
        return not self.needs_every_arm

    @property
    def needs_an_arm(self) -> bool:
        """Whether the join is skipped when no arm was chosen."""
        return not self.runs_without_arm

    @property
    def needs_success(self) -> bool:
        """Whether the failure of a chosen arm stops the join."""
        return not self.runs_after_failure


@case("MERGE-001", needs=("needs_any_arm",))
def test_runs_whichever_arm_was_chosen(merge: Merge, simulate: Simulate) -> None:
    """
    A join runs whichever arm was chosen, although the others were skipped.

    If this fails: the join has the default trigger rule, which skips it together with the first skipped arm.
    """
    for arm in merge.arms:
        run = simulate(merge.dag, choose(merge.brancher, arm))

        assert run.state_of(merge.join) == "success", run.explain(merge.join)


@case("MERGE-002", needs=("needs_every_arm",))
def test_the_default_rule_needs_every_arm(merge: Merge, simulate: Simulate) -> None:
    """
    A join with the default trigger rule runs when every arm was chosen, and is skipped when one was not.

    If this fails: another trigger rule lets the join run without an arm that it needs.
    """
    every = simulate(merge.dag, choose(merge.brancher, *merge.arms))
    one = simulate(merge.dag, choose(merge.brancher, merge.arms[0]))

    assert every.state_of(merge.join) == "success", every.explain(merge.join)
    assert one.state_of(merge.join) == "skipped", one.explain(merge.join)


@case("MERGE-003")
def test_waits_for_every_chosen_arm(merge: Merge, simulate: Simulate) -> None:
    """
    A join waits until the last of the chosen arms has ended.

    If this fails: its trigger rule is one that is content with the first success.
    """
    run = simulate(merge.dag, choose(merge.brancher, *merge.arms), takes(merge.arms[-1], minutes=40))

    assert set(run.starts(merge.join)) == {2400}, run.explain(merge.join)


@case("MERGE-004", needs=("needs_success",))
def test_a_failed_arm_stops_it(merge: Merge, simulate: Simulate) -> None:
    """
    A join does not run when the chosen arms fail: it is `upstream_failed`, and its run fails.

    If this fails: its trigger rule waits for the arms to end and does not ask how they ended.
    """
    run = simulate(merge.dag, choose(merge.brancher, *merge.arms), *map(fail, merge.arms))

    assert run.state_of(merge.join) == "upstream_failed", run.explain(merge.join)
    assert run.state == "failed", run.explain(merge.join)


@case("MERGE-005", needs=("runs_after_failure",))
def test_runs_after_a_failed_arm(merge: Merge, simulate: Simulate) -> None:
    """
    A join that only waits for the arms to end (`all_done`) runs after failed ones, too.

    If this fails: its trigger rule lets a failure stop it.
    """
    run = simulate(merge.dag, choose(merge.brancher, *merge.arms), *map(fail, merge.arms))

    assert run.state_of(merge.join) == "success", run.explain(merge.join)


@case("MERGE-006", needs=("needs_an_arm",))
def test_is_skipped_when_no_arm_was_chosen(merge: Merge, simulate: Simulate) -> None:
    """
    A join is skipped when the branch chose no arm at all.

    If this fails: its trigger rule asks for no failure, but not for a success (`none_failed`).
    """
    run = simulate(merge.dag, choose(merge.brancher))

    assert run.state_of(merge.join) == "skipped", run.explain(merge.join)


@case("MERGE-007", needs=("runs_without_arm",))
def test_runs_when_no_arm_was_chosen(merge: Merge, simulate: Simulate) -> None:
    """
    A join that asks for no failure and for no success either runs when the branch chose no arm at all.

    If this fails: its trigger rule asks for at least one success (`none_failed_min_one_success`).
    """
    run = simulate(merge.dag, choose(merge.brancher))

    assert run.state_of(merge.join) == "success", run.explain(merge.join)


@case("MERGE-008", needs=("mapped_join", "needs_an_arm"))
def test_each_mapped_join_looks_at_its_own_arms(merge: Merge, simulate: Simulate) -> None:
    """
    In a mapped task group each instance of a join looks at the arms of its own instance of the group only.

    If this fails: the brancher is outside of the group, so that no instance can choose otherwise than the rest.
    """
    choices = choose(merge.brancher, merge.arms[0], map_index=0), choose(merge.brancher, map_index=1)
    run = simulate(merge.dag, *choices)

    assert [run.state_of(merge.join, n) for n in (0, 1)] == ["success", "skipped"], run.explain(merge.join)
