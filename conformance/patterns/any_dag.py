"""
Any DAG: it lives through what may happen to it, whatever it is made of.

Reference DAG: dags/any_dag.py
"""

from collections.abc import Callable

import pytest

from conformance.case import case
from conformance.claims.folder import DagFile
from conformance.claims.roles import AnyDag
from conformance.simulator import (
    Simulate,
    choose,
    done_after,
    fail,
    fail_for_good,
    never,
    short_circuit,
    succeed,
    takes,
)

LONG_LOOK = {"hours": 24}
"""How long each look of a sensor takes that waits in vain: a week is then over after a few of them."""

WEEK = 7 * 24 * 60 * 60
"""The default timeout of a sensor, in seconds."""


@case("ANY-001")
def test_imports(dag_file: DagFile) -> None:
    """
    A DAG file imports.

    If this fails: the file raises, reaches for the network or a missing package, hangs, or ends the process while
    Airflow reads it.
    """
    if dag_file.error and dag_file.error.kind == "plugin":
        pytest.skip(dag_file.error.message)
    assert dag_file.error is None, dag_file.error.message


@case("ANY-002")
def test_succeeds_when_every_task_does(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When every task succeeds, the run ends `success` and no task is left unfinished.

    If this fails: a task waits for something that cannot happen (its dates, its trigger rule), or fails by what
    surrounds its code.
    """
    run = simulate(any_dag.dag)

    assert run.end == "finished", run.explain()
    assert run.state == "success", run.explain()
    assert run.unfinished == [], run.explain()
    assert run.missing == [], f"the run has no {', '.join(run.missing)}\n{run.explain()}"


@case("ANY-003", each="tasks")
def test_no_failure_is_hidden(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When a task fails for good, the run comes to an end, and not to `success`.

    If this fails: what is behind the task runs all the same (its trigger rule lets it), and the last tasks alone decide
    what becomes of a run; let a last task wait for all others with `one_failed` and raise.
    """
    failing = (any_dag.task, *any_dag.raising)
    run = simulate(any_dag.dag, *map(fail_for_good, failing), others_empty=True)

    assert run.end == "finished", run.explain(any_dag.task)
    assert run.unfinished == [], run.explain(any_dag.task)
    assert run.state != "success" or run.state_of(any_dag.task) != "failed", run.explain(any_dag.task)


@case("ANY-004", each="branches")
def test_what_is_behind_the_chosen_arm_runs(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    Whichever task a branch chooses, that task and everything behind it run, and the run ends `success`.

    If this fails: a task joins the arms of the branch with `all_success`, so that the arm that was not chosen skips it;
    use `none_failed_min_one_success`.
    """
    everything = simulate(any_dag.dag, others_empty=True).states
    for chosen in any_dag.behind(any_dag.task):
        run = simulate(any_dag.dag, choose(any_dag.task, chosen), others_empty=True)

        assert run.state == "success", run.explain(chosen)
        for key in run.states:
            if key.task_id in any_dag.after(chosen) and everything.get(key) == "success":
                assert run.states[key] == "success", run.explain(key.task_id)


@case("ANY-005", each="short_circuits")
def test_a_short_circuit_lets_the_run_end(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When a short circuit cuts the run short, it and the run end `success`, and no task waits for ever.

    If this fails: a task counts what was skipped as a failure, or waits for it.
    """
    run = simulate(any_dag.dag, short_circuit(any_dag.task), others_empty=True)

    assert run.end == "finished", run.explain(any_dag.task)
    assert run.state_of(any_dag.task) == "success", run.explain(any_dag.task)
    assert run.state == "success", run.explain(any_dag.task)
    assert run.unfinished == [], run.explain(any_dag.task)


@case("ANY-006", each="sensors")
def test_every_sensor_gives_up(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A sensor that waits in vain gives up in the end, and so does the run.

    If this fails: the sensor has no finite `timeout`, or its operator goes on waiting all the same.
    """
    sensor = any_dag.task
    run = simulate(any_dag.dag, never(sensor), takes(sensor, **LONG_LOOK), others_empty=True)

    assert run.end == "finished", run.explain(sensor)
    assert run.state_of(sensor) in ("failed", "skipped"), run.explain(sensor)


@case("ANY-007", each="retried")
def test_a_retry_makes_up_for_a_failure(any_dag: AnyDag, simulate: Simulate, remark: Callable[[str], None]) -> None:
    """
    When a task with retries fails once, it succeeds when it is tried again, and the run ends `success`.

    If this fails: the operator turns its own failure into one that is not retried, or a callback gets in the way.
    """
    task = any_dag.task
    run = simulate(any_dag.dag, fail(task, times=1), others_empty=True)

    assert run.state_of(task) in ("success", "skipped"), run.explain(task)
    assert run.state == "success", run.explain(task)

    hopeless = simulate(any_dag.dag, fail(task), others_empty=True)
    if tries := hopeless.tries(task):  # an EmptyOperator is never tried
        remark(f"gives up after {tries} tries and {hopeless.lasted(task)}")


@case("ANY-008", each="feeding")
def test_maps_over_any_number_of_items(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A task that is mapped over no, one, two or many items lets the run end `success`, and no task waits for ever.

    If this fails: what is behind the mapped task cannot bear that it was skipped, for over no items it is.
    """
    for count in (0, 1, 2, 20):
        run = simulate(any_dag.dag, succeed(any_dag.task, list(range(count))), others_empty=True)

        assert run.end == "finished", run.explain(any_dag.task)
        assert run.state == "success", run.explain(any_dag.task)
        assert run.unfinished == [], run.explain(any_dag.task)


@case("ANY-009", each="mapped")
def test_no_failure_of_one_instance_is_hidden(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When one instance of a mapped task fails for good, the run comes to an end, and not to `success`.

    If this fails: what is behind the mapped task is content with the other instances (`one_success`, `all_done`).
    """
    watchers = map(fail_for_good, any_dag.raising)
    run = simulate(any_dag.dag, *watchers, fail_for_good(any_dag.task, map_index=0), others_empty=True)

    assert run.end == "finished", run.explain(any_dag.task)
    assert run.unfinished == [], run.explain(any_dag.task)
    assert run.state != "success" or "failed" not in run.states.values(), run.explain(any_dag.task)


@case("ANY-010", each="teardowns")
def test_what_was_set_up_is_torn_down(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    Whichever task between a setup and its teardown fails, the teardown runs.

    If this fails: the teardown's trigger rule waits for a success, or it is behind a task that is no setup of its own.
    """
    for task in any_dag.worked_between:
        run = simulate(any_dag.dag, fail_for_good(task), others_empty=True)

        assert run.state_of(any_dag.task) == "success", run.explain(any_dag.task)


@case("ANY-011", needs=("tied",), advice=True)
def test_runs_do_not_wait_for_each_other(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A run does not wait for another one of the same DAG that is still at work.

    If this fails: a task has `depends_on_past` or `wait_for_downstream`, so that runs go one after the other, and stop
    altogether after the first that fails.
    """
    working = tuple(takes(task, hours=1) for task in any_dag.first)
    run = simulate(any_dag.dag, others_empty=True, beside=working)

    assert run.seconds == 0, run.explain(any_dag.first[0])


@case("ANY-012", advice=True)
def test_something_is_tried_again(any_dag: AnyDag) -> None:
    """
    Some task of a DAG is tried again when it fails.

    If this fails: no task has `retries`, so that the first hiccup of a network, a database or a worker fails the run.
    """
    assert any_dag.retried or not any_dag.tasks, "no task of this DAG has retries"


@case("ANY-013", each="sensors", advice=True)
def test_a_sensor_says_how_long_it_waits(any_dag: AnyDag) -> None:
    """
    A sensor gives up sooner than after the seven days that are Airflow's default.

    If this fails: `timeout` is not set, and a run that waits in vain is noticed a week later.
    """
    assert any_dag.timeout < WEEK, f"it waits for {any_dag.timeout / 86400:g} days"


@case("ANY-014", each="rare_sensors", advice=True)
def test_a_sensor_that_looks_rarely_frees_its_slot(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A sensor that looks less often than once a minute occupies no worker between its looks.

    If this fails: its mode is `poke`; with `reschedule` or a deferrable sensor the worker can do something else.
    """
    sensor = any_dag.task
    run = simulate(any_dag.dag, done_after(sensor, seconds=1), others_empty=True)

    assert run.slot_seconds(sensor) == 0, run.explain(sensor)


@case("ANY-015", advice=True)
def test_imports_quickly(dag_file: DagFile) -> None:
    """
    A DAG file imports within a second.

    If this fails: the file computes something, or asks somebody, whenever Airflow reads it, which is every 30 seconds
    and before each of its tasks; do that in a task.
    """
    assert dag_file.seconds < 1, f"importing takes {dag_file.seconds:.1f} s"


@case("ANY-016", advice=True)
def test_imports_without_asking(dag_file: DagFile) -> None:
    """
    A DAG file imports without asking for a variable, a connection, the metadata database or another machine.

    If this fails: the file does so at its top level, whenever Airflow reads it; do it in a task, or in a template.
    Where a machine did not answer, only what the file does without an answer is tried.
    """
    assert dag_file.asked == (), "; ".join(dag_file.asked)


@case("ANY-017", advice=True)
def test_runs_share_no_slots(any_dag: AnyDag) -> None:
    """
    No task waits for a slot that another run of its DAG, or another DAG, may occupy.

    If this fails: a task has a `pool` or `max_active_tis_per_dag`; that protects what it uses, and a run may take as
    long as all that are before it there.
    """
    assert not any_dag.queues, f"waits for a slot: {', '.join(any_dag.queues)}"
