"""
Setup teardown: what was made for some tasks is removed after them, whatever happened.

Reference DAG: dags/setup_teardown.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import TEARDOWN, directly_downstream_of, downstream_of
from conformance.simulator import Simulate, fail, skip, takes


@dataclass(frozen=True, kw_only=True, repr=False)
class SetupTeardown(Claim):
    """A task that makes something, tasks that need it, and a task that removes it."""

    pattern = "setup-teardown"
    roles = ("teardown", "setup", "work", "after")
    shapes: ClassVar = {
        "teardown": (TEARDOWN, downstream_of("setup")),
        "work": (directly_downstream_of("setup"),),
        "after": (downstream_of("work"),),
    }

    setup: str
    """The task that makes it: a setup."""
    work: tuple[str, ...]
    """Every task between the two, each directly downstream of the setup."""
    teardown: str
    """The task that removes it: the teardown of that setup."""
    strict: bool = False
    """Whether the run is to fail when the teardown does (`on_failure_fail_dagrun`)."""
    after: str = UNSAID
    """A task downstream of the task group that all these are in."""

    @property
    def forgiving(self) -> bool:
        """Whether the run may succeed although the teardown failed."""
        return not self.strict


@case("SETUP-001")
def test_removes_after_a_failure(setup_teardown: SetupTeardown, simulate: Simulate) -> None:
    """
    A teardown runs after a failure of the work, and does not hide it: the run fails.

    If this fails: the last task runs whatever happened, such as a teardown with `on_failure_fail_dagrun`.
    """
    for work in setup_teardown.work:
        run = simulate(setup_teardown.dag, fail(work))

        assert run.state_of(setup_teardown.teardown) == "success", run.explain(setup_teardown.teardown)
        assert run.state == "failed", run.explain(setup_teardown.teardown)


@case("SETUP-002", needs=("forgiving",))
def test_its_own_failure_does_not_matter(setup_teardown: SetupTeardown, simulate: Simulate) -> None:
    """
    When only the teardown fails the run succeeds.

    If this fails: `on_failure_fail_dagrun` is set.
    """
    run = simulate(setup_teardown.dag, fail(setup_teardown.teardown))

    assert run.state_of(setup_teardown.teardown) == "failed", run.explain(setup_teardown.teardown)
    assert run.state == "success", run.explain(setup_teardown.teardown)


@case("SETUP-003", needs=("strict",))
def test_its_own_failure_matters_if_asked(setup_teardown: SetupTeardown, simulate: Simulate) -> None:
    """
    When only the teardown fails and it has `on_failure_fail_dagrun`, the run fails.

    If this fails: `on_failure_fail_dagrun` is not set.
    """
    run = simulate(setup_teardown.dag, fail(setup_teardown.teardown))

    assert run.state_of(setup_teardown.teardown) == "failed", run.explain(setup_teardown.teardown)
    assert run.state == "failed", run.explain(setup_teardown.teardown)


@case("SETUP-004")
def test_nothing_made_is_not_removed(setup_teardown: SetupTeardown, simulate: Simulate) -> None:
    """
    When the setup fails, neither the work nor the teardown runs; when it is skipped, both are skipped.

    If this fails: the teardown does not know its setup: name it in `setups`.
    """
    fails = simulate(setup_teardown.dag, fail(setup_teardown.setup))
    skips = simulate(setup_teardown.dag, skip(setup_teardown.setup))

    downstream = (*setup_teardown.work, setup_teardown.teardown)
    assert {fails.state_of(task) for task in downstream} == {"upstream_failed"}, fails.explain(setup_teardown.teardown)
    assert {skips.state_of(task) for task in downstream} == {"skipped"}, skips.explain(setup_teardown.teardown)


@case("SETUP-005")
def test_removes_after_the_last_work(setup_teardown: SetupTeardown, simulate: Simulate) -> None:
    """
    A teardown starts when the last of the work has ended, also when other work failed long before.

    If this fails: the teardown is not downstream of all of the work.
    """
    failing, *others = setup_teardown.work
    run = simulate(setup_teardown.dag, fail(failing), *[takes(task, minutes=10) for task in others])

    assert run.starts(setup_teardown.teardown) == [max(run.ends(task)[-1] for task in (failing, *others))], (
        run.explain()
    )


@case("SETUP-006", needs=("after",))
def test_what_follows_does_not_wait_for_it(setup_teardown: SetupTeardown, simulate: Simulate) -> None:
    """
    A task downstream of the group of setup, work and teardown waits for the work only, and runs although the teardown
    fails.

    If this fails: the task is downstream of the teardown itself, not downstream of the group.
    """
    run = simulate(setup_teardown.dag, takes(setup_teardown.teardown, minutes=10), fail(setup_teardown.teardown))

    assert run.state_of(setup_teardown.after) == "success", run.explain(setup_teardown.after)
    assert run.starts(setup_teardown.after) < run.ends(setup_teardown.teardown), run.explain(setup_teardown.after)


@case("SETUP-007")
def test_is_made_anew_for_what_is_repeated(setup_teardown: SetupTeardown, simulate: Simulate) -> None:
    """
    When one task of the work is cleared, its setup and its teardown are repeated with it and the other work is not, but
    a teardown that is cleared repeats neither setup nor work.

    If this fails: the cleared task does not lead to the teardown, or other work is downstream of it.
    """
    setup, teardown, (cleared, *others) = setup_teardown.setup, setup_teardown.teardown, setup_teardown.work
    work = simulate(setup_teardown.dag, clear=cleared)
    removal = simulate(setup_teardown.dag, clear=teardown)

    assert [work.tries(task) for task in (setup, cleared, teardown)] == [2, 2, 2], work.explain(cleared)
    assert work.starts(cleared)[-1] >= work.ends(setup)[-1], work.explain(cleared)
    assert {work.tries(task) for task in others} <= {1}, work.explain(cleared)
    assert removal.tries(teardown) == 2, removal.explain(teardown)
    assert {removal.tries(task) for task in (setup, cleared, *others)} == {1}, removal.explain(teardown)
