"""
Rehearsal: a DAG lives through what may happen to it, whatever it is made of.

Reference DAG: dags/rehearsal.py
"""

from conformance.case import case
from conformance.claims.roles import Rehearsal
from conformance.simulator import Simulate, choose, fail, fail_for_good, never, short_circuit, succeed, takes

LONG_LOOK = {"hours": 24}
"""How long each look of a sensor takes that waits in vain: a week is then over after a few of them."""


@case("REHEARSAL-001", needs=("tasks",))
def test_no_failure_is_hidden(rehearsal: Rehearsal, simulate: Simulate) -> None:
    """
    When a task fails for good, the run comes to an end, and not to `success`.

    If this fails: what is behind the task runs all the same (its trigger rule lets it), and the last tasks alone decide
    what becomes of a run; let a last task wait for all others with `one_failed` and raise.
    """
    for task in rehearsal.tasks:
        run = simulate(rehearsal.dag, fail_for_good(task))

        assert run.end == "finished", run.explain(task)
        assert run.unfinished == [], run.explain(task)
        assert run.state != "success" or run.state_of(task) != "failed", run.explain(task)


@case("REHEARSAL-002", needs=("branches",))
def test_what_is_behind_the_chosen_arm_runs(rehearsal: Rehearsal, simulate: Simulate) -> None:
    """
    Whichever task a branch chooses, that task and everything behind it run, and the run ends `success`.

    If this fails: a task joins the arms of the branch with `all_success`, so that the arm that was not chosen skips it;
    use `none_failed_min_one_success`.
    """
    everything = simulate(rehearsal.dag).states
    for branch, chosen in rehearsal.branches:
        run = simulate(rehearsal.dag, choose(branch, chosen))

        assert run.state == "success", run.explain(chosen)
        for key in run.states:
            if key.task_id in rehearsal.behind(chosen) and everything.get(key) == "success":
                assert run.states[key] == "success", run.explain(key.task_id)


@case("REHEARSAL-003", needs=("short_circuits",))
def test_a_short_circuit_lets_the_run_end(rehearsal: Rehearsal, simulate: Simulate) -> None:
    """
    When a short circuit cuts the run short, it and the run end `success`, and no task waits for ever.

    If this fails: a task counts what was skipped as a failure, or waits for it.
    """
    for task in rehearsal.short_circuits:
        run = simulate(rehearsal.dag, short_circuit(task))

        assert run.end == "finished", run.explain(task)
        assert run.state_of(task) == "success", run.explain(task)
        assert run.state == "success", run.explain(task)
        assert run.unfinished == [], run.explain(task)


@case("REHEARSAL-004", needs=("sensors",))
def test_every_sensor_gives_up(rehearsal: Rehearsal, simulate: Simulate) -> None:
    """
    A sensor that waits in vain gives up in the end, and so does the run.

    If this fails: the sensor has no finite `timeout`, or its operator goes on waiting all the same.
    """
    for sensor in rehearsal.sensors:
        run = simulate(rehearsal.dag, never(sensor), takes(sensor, **LONG_LOOK))

        assert run.end == "finished", run.explain(sensor)
        assert run.state_of(sensor) in ("failed", "skipped"), run.explain(sensor)


@case("REHEARSAL-005", needs=("retried",))
def test_a_retry_makes_up_for_a_failure(rehearsal: Rehearsal, simulate: Simulate) -> None:
    """
    When a task with retries fails once, it succeeds when it is tried again, and the run ends `success`.

    If this fails: the operator turns its own failure into one that is not retried, or a callback gets in the way.
    """
    for task in rehearsal.retried:
        run = simulate(rehearsal.dag, fail(task, times=1))

        assert run.state_of(task) == "success", run.explain(task)
        assert run.state == "success", run.explain(task)


@case("REHEARSAL-006", needs=("feeding",))
def test_maps_over_any_number_of_items(rehearsal: Rehearsal, simulate: Simulate) -> None:
    """
    A task that is mapped over no, one, two or many items lets the run end `success`, and no task waits for ever.

    If this fails: what is behind the mapped task cannot bear that it was skipped, for over no items it is.
    """
    for task in rehearsal.feeding:
        for count in (0, 1, 2, 20):
            run = simulate(rehearsal.dag, succeed(task, list(range(count))))

            assert run.end == "finished", run.explain(task)
            assert run.state == "success", run.explain(task)
            assert run.unfinished == [], run.explain(task)
