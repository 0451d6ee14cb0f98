"""
Merge: a task brings the arms of a branch together again.

Reference DAG: dags/merge.py
"""

from conformance.case import case
from conformance.claims.roles import Merge
from conformance.simulator import Simulate, choose, fail, takes


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
