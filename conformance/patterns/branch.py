"""
Branch: a task decides which of the tasks downstream of it run.

Reference DAG: dags/branch.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import (
    BRANCH,
    MAPPED,
    SHORT_CIRCUIT,
    any_mapped,
    directly_downstream_of,
    directly_upstream_of,
    downstream_of,
    downstream_of_no_other,
    if_said,
    not_directly_downstream_of,
    two,
)
from conformance.simulator import Simulate, choose, short_circuit


@dataclass(frozen=True, kw_only=True, repr=False)
class Branch(Claim):
    """
    A branch, which follows some of the arms downstream of it, or a short circuit, which stops everything downstream of
    it.

    A claim speaks of one of the two: of a `brancher` and its `arms`, or of a `gate` and what it guards.
    """

    pattern = "branch"
    roles = ("brancher", "gate", "arms", "shared", "guarded", "later")
    groups = ("group",)
    shapes: ClassVar = {
        "brancher": (BRANCH,),
        "gate": (SHORT_CIRCUIT, directly_upstream_of("guarded")),
        "arms": (
            directly_downstream_of("brancher"),
            two("arms"),
            if_said("mapped", MAPPED),
            any_mapped("mapped_arm", "arms"),
        ),
        "group": (directly_downstream_of("brancher"),),
        "shared": (directly_downstream_of("brancher"), downstream_of_no_other("arms")),
        "guarded": (downstream_of("gate"), if_said("mapped", MAPPED)),
        "later": (downstream_of("gate"), not_directly_downstream_of("gate")),
    }

    brancher: str = UNSAID
    """The task that chooses."""
    arms: tuple[str, ...] = UNSAID
    """Tasks directly downstream of the brancher, two at least, none of them downstream of another."""
    mapped_arm: bool = False
    """Whether one of the arms is a mapped task."""
    group: str = UNSAID
    """The id of a task group directly downstream of the brancher."""
    shared: str = UNSAID
    """A task that is directly downstream of both the brancher and the first arm, and of no other arm."""
    gate: str = UNSAID
    """The short-circuit task."""
    guarded: tuple[str, ...] = UNSAID
    """
    Tasks downstream of the gate that must not run when its condition is false, the first of them directly downstream of
    it.
    """
    later: str = UNSAID
    """Behind a soft short circuit (`ignore_downstream_trigger_rules=False`): a task that runs all the same."""
    mapped: bool = False
    """Whether the tasks are in a mapped task group, two instances at least."""
    over_result: bool = False
    """Whether that group is mapped over the result of a task."""

    @property
    def hard(self) -> bool:
        """Whether a short circuit guards all that is downstream of it."""
        return self.later is None


@case("BRANCH-001", needs=("brancher", "arms"))
def test_only_the_chosen_arm_runs(branch: Branch, simulate: Simulate) -> None:
    """
    The arm that a branch chooses by its task id runs, and all others are skipped.

    If this fails: an arm is not directly downstream of the brancher, or is downstream of another arm, too.
    """
    for arm in branch.arms:
        run = simulate(branch.dag, choose(branch.brancher, arm))

        assert run.state_of(arm) == "success", run.explain(arm)
        for other in set(branch.arms) - {arm}:
            assert run.state_of(other) == "skipped", run.explain(other)


@case("BRANCH-002", needs=("brancher", "arms"))
def test_several_arms_can_be_chosen(branch: Branch, simulate: Simulate) -> None:
    """
    A branch that chooses a list of arms follows all of them.

    If this fails: one arm waits for something that happens only when another is skipped.
    """
    run = simulate(branch.dag, choose(branch.brancher, *branch.arms))

    for arm in branch.arms:
        assert run.state_of(arm) == "success", run.explain(arm)


@case("BRANCH-003", needs=("brancher", "arms"))
def test_nothing_can_be_chosen(branch: Branch, simulate: Simulate) -> None:
    """
    A branch that returns `None` skips every arm, succeeds itself, and its run succeeds, too.

    If this fails: a task downstream of an arm takes its being skipped for an error.
    """
    run = simulate(branch.dag, choose(branch.brancher))

    assert {run.state_of(arm) for arm in branch.arms} == {"skipped"}, run.explain(branch.arms[0])
    assert run.state_of(branch.brancher) == "success", run.explain(branch.brancher)
    assert run.state == "success", run.explain(branch.brancher)


@case("BRANCH-004", since="2.10", needs=("brancher", "group"))
def test_a_task_group_can_be_chosen(branch: Branch, simulate: Simulate) -> None:
    """
    A branch that chooses the id of a task group runs the whole group, and one that chooses nothing skips it.

    If this fails: only some of the group's first tasks are directly downstream of the brancher.
    """
    chosen = simulate(branch.dag, choose(branch.brancher, branch.group))
    left = simulate(branch.dag, choose(branch.brancher))

    for task in (task for task in chosen.task_ids if task.startswith(f"{branch.group}.")):
        assert chosen.state_of(task) == "success", chosen.explain(task)
        assert left.state_of(task) == "skipped", left.explain(task)


@case("BRANCH-005", needs=("brancher", "arms", "shared"))
def test_what_a_chosen_arm_leads_to_is_not_skipped(branch: Branch, simulate: Simulate) -> None:
    """
    A task directly downstream of a branch that is also downstream of the chosen arm is not skipped: it runs after that
    arm.

    If this fails: nothing leads from the arm to the task, so that the branch takes it for an arm that was not chosen.
    """
    run = simulate(branch.dag, choose(branch.brancher, branch.arms[0]))

    assert run.state_of(branch.shared) == "success", run.explain(branch.shared)


@case("BRANCH-006", needs=("brancher", "arms"))
def test_an_unknown_id_fails(branch: Branch, simulate: Simulate) -> None:
    """
    A branch that returns an id that the DAG does not have fails, names the id, and no arm runs.

    If this fails: an arm's trigger rule lets it run when the brancher has failed.
    """
    run = simulate(branch.dag, choose(branch.brancher, "no_such_task"))

    (first, *_) = run.instances(branch.brancher)
    assert run.state_of(branch.brancher) == "failed", run.explain(branch.brancher)
    assert "no_such_task" in run.errors[first], run.explain(branch.brancher)
    for arm in branch.arms:
        assert run.state_of(arm) == "upstream_failed", run.explain(arm)


@case("BRANCH-007", needs=("brancher", "arms", "mapped"))
def test_each_mapped_branch_chooses_for_itself(branch: Branch, simulate: Simulate) -> None:
    """
    In a mapped task group each instance of a branch chooses among the arms of its own instance of the group.

    If this fails: the brancher is outside of the group, so that it chooses for all its instances.
    """
    one, other = branch.arms[:2]
    choices = choose(branch.brancher, one, map_index=0), choose(branch.brancher, other, map_index=1)
    run = simulate(branch.dag, *choices)

    assert [run.state_of(one, n) for n in (0, 1)] == ["success", "skipped"], run.explain(one)
    assert [run.state_of(other, n) for n in (0, 1)] == ["skipped", "success"], run.explain(other)


@case("BRANCH-008", needs=("gate", "guarded"))
def test_a_short_circuit_skips_what_it_guards(branch: Branch, simulate: Simulate) -> None:
    """
    A short circuit whose condition is false succeeds itself and skips what it guards, and its run succeeds.

    If this fails: `ignore_downstream_trigger_rules=False` leaves all but the next tasks to their trigger rules.
    """
    run = simulate(branch.dag, short_circuit(branch.gate))

    assert run.state_of(branch.gate) == "success", run.explain(branch.gate)
    for task in branch.guarded:
        assert run.state_of(task) == "skipped", run.explain(task)
    assert run.state == "success", run.explain(branch.gate)


@case("BRANCH-009", needs=("gate", "later"))
def test_a_soft_short_circuit_leaves_the_rest_to_trigger_rules(branch: Branch, simulate: Simulate) -> None:
    """
    A soft short circuit skips only what is directly downstream of it, and further tasks run if their trigger rule says
    so.

    If this fails: `ignore_downstream_trigger_rules=False` is missing: by default everything downstream of it is
    skipped.
    """
    run = simulate(branch.dag, short_circuit(branch.gate))

    assert run.state_of(branch.later) == "success", run.explain(branch.later)


@case("BRANCH-010", needs=("gate", "guarded", "mapped"))
def test_each_mapped_short_circuit_decides_for_itself(branch: Branch, simulate: Simulate) -> None:
    """
    In a mapped task group each instance of a short circuit skips the next task of its own instance of the group only.

    If this fails: the short circuit is outside of the group, so that it decides for all its instances.
    """
    run = simulate(branch.dag, short_circuit(branch.gate, map_index=0))

    following = branch.guarded[0]
    assert [run.state_of(following, n) for n in (0, 1)] == ["skipped", "success"], run.explain(following)
