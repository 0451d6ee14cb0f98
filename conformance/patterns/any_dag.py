"""
Any DAG: it lives through what may happen to it, whatever it is made of.

Reference DAG: dags/any_dag.py
"""

from collections.abc import Callable
from functools import partial

import pytest

from conformance.case import case
from conformance.folder.survey import DagFile
from conformance.roles.whole_dag import AnyDag
from conformance.simulator import (
    Simulate,
    SimulatedRun,
    Simulator,
    Word,
    choose,
    done_after,
    duration,
    fail,
    fail_for_good,
    gives,
    never,
    short_circuit,
    skip,
    takes,
)

DAY = 24 * 60 * 60

LACKS = "; install it beside Airflow, or name it in a file, --requirements FILE"


def hidden(any_dag: AnyDag, run: SimulatedRun) -> str:
    """What became of a run in which a task fails, and what hides that."""
    return f", and the run {run.ended}{any_dag.hidden_by(run.successes)}\n{run.explain(any_dag.task)}"


LONG_POKE = {"seconds": DAY}
"""How long each poke of a sensor takes that waits in vain: a week is then over after a few of them."""


@case("ANY-001")
def test_imports(dag_file: DagFile) -> None:
    """
    A DAG file imports.

    If this fails: the file raises, hangs, ends the process, or reaches for the network or a missing package.
    """
    if dag_file.error and dag_file.error.kind == "plugin":
        pytest.skip(dag_file.error.message)
    assert dag_file.error is None, f"{dag_file.error.message}{LACKS if dag_file.lacks_a_module else ''}"


@case("ANY-002")
def test_succeeds_when_every_task_does(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When every task succeeds, the run ends `success` and no task is left unfinished.

    If this fails: a task waits for what cannot happen (its dates, its trigger rule), or what surrounds its code fails.
    """
    run = simulate(any_dag.dag)

    assert run.went_well, f"every task succeeds, and the run {run.ended}\n{run.explain()}"
    assert run.missing == [], f"the run has no {', '.join(run.missing)}\n{run.explain()}"


@case("ANY-003", each="tasks")
def test_no_failure_is_hidden(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When a task fails for good, the run comes to an end, and not to `success`.

    If this fails: what is downstream of the task runs all the same (its trigger rule lets it), and the last tasks alone
    decide what becomes of a run; let a last task wait for all others with `one_failed` and raise.
    """
    run = simulate(any_dag.dag, *map(fail_for_good, (any_dag.task, *any_dag.watchers)), others_empty=True)

    told = f"'{any_dag.task}' fails"
    assert run.settled, f"{told}{hidden(any_dag, run)}"
    assert run.state != "success" or run.state_of(any_dag.task) != "failed", f"{told}{hidden(any_dag, run)}"


@case("ANY-004", each="branches")
def test_the_chosen_arm_alone_runs(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    Whatever a branch chooses runs with all that is downstream, the other arms are skipped, and the run ends `success`.

    If this fails: what joins the arms has a rule that needs them all, or the operator skips not what it should.
    """
    everything = simulate(any_dag.dag, others_empty=True)
    for chosen in any_dag.downstream(any_dag.task):
        run = simulate(any_dag.dag, choose(any_dag.task, chosen), others_empty=True)
        follow = {chosen, *any_dag.all_downstream(chosen)}

        for task in any_dag.nearest(run.lost(everything) & follow):
            told = f"'{task}' never runs when '{any_dag.task}' chooses '{chosen}' ({any_dag.bears(task)})"
            pytest.fail(f"{told}\n{run.explain(task)}")
        for arm in set(any_dag.arms) - follow if run.state_of(any_dag.task) == "success" else ():
            told = f"'{arm}' is not skipped when '{any_dag.task}' chooses '{chosen}'"
            assert run.state_of(arm) == "skipped", f"{told}\n{run.explain(arm)}"
        told = f"the run {run.ended} when '{any_dag.task}' chooses '{chosen}'"
        assert run.state == "success", f"{told}\n{run.explain(chosen)}"


@case("ANY-005", each="short_circuits")
def test_a_short_circuit_lets_the_run_end(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When a short circuit cuts the run short, what is directly downstream is skipped, and it and the run end `success`.

    If this fails: a task counts what was skipped as a failure, or waits for it, or the operator skips nothing.
    """
    run = simulate(any_dag.dag, short_circuit(any_dag.task), others_empty=True)

    told = f"the run {run.ended} when '{any_dag.task}' cuts it short"
    assert run.went_well, f"{told}\n{run.explain(any_dag.task)}"
    assert run.state_of(any_dag.task) == "success", f"{told}\n{run.explain(any_dag.task)}"
    for task in any_dag.arms:
        told = f"'{task}' is not skipped when '{any_dag.task}' cuts the run short"
        assert run.state_of(task) == "skipped", f"{told}\n{run.explain(task)}"


@case("ANY-006", each="sensors")
def test_every_sensor_gives_up(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A sensor that waits in vain gives up in the end, and so does the run.

    If this fails: the sensor has no finite `timeout`, or its operator goes on waiting all the same; one that is
    deferrable has to hand its `timeout` on when it defers.
    """
    sensor = any_dag.task
    slowly = () if any_dag.defers else (takes(sensor, **LONG_POKE),)  # the pokes of one that defers are its trigger's
    run = simulate(any_dag.dag, never(sensor), *slowly, others_empty=True)

    told = f"'{sensor}' waits in vain and never gives up (set a finite timeout)"
    assert run.finished, f"{told}\n{run.explain(sensor)}"
    assert run.state_of(sensor) in ("failed", "skipped"), f"{told}\n{run.explain(sensor)}"


@case("ANY-007", each="retried")
def test_a_retry_makes_up_for_a_failure(any_dag: AnyDag, simulate: Simulator, remark: Callable[[str], None]) -> None:
    """
    When a task with retries fails once, it succeeds when it is tried again, and the run ends `success`.

    If this fails: the operator turns its own failure into one that is not retried, or a callback gets in the way.
    """
    task = any_dag.task
    run = simulate(any_dag.dag, *(fail(each, times=1) for each in any_dag.retried), others_empty=True)
    if run.state != "success" or run.state_of(task) not in ("success", "skipped"):  # else one run answers for all
        run = simulate(any_dag.dag, fail(task, times=1), others_empty=True)

    told = f"'{task}' fails once and ends {run.state_of(task)}, and the run {run.ended}"
    assert run.state_of(task) in ("success", "skipped"), f"{told}\n{run.explain(task)}"
    assert run.state == "success", f"{told}\n{run.explain(task)}"

    if run.tries(task) > 1 and task in any_dag.patient:  # to play them all might take long
        waits = simulate.retry_waits(any_dag.dag, task)
        remark(f"gives up after {len(waits) + 1} tries and {duration(sum(waits))}")
    elif run.tries(task) and any_dag.has_few_tries:
        hopeless = simulate(any_dag.dag, fail(task), others_empty=True)
        remark(f"gives up after {hopeless.tries(task)} tries and {hopeless.lasted(task)}")


@case("ANY-008", each="feeding")
def test_maps_over_any_number_of_items(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A task that is mapped over no, one, two or many items lets the run end `success`, and no task waits for ever.

    If this fails: what is downstream of the mapped task cannot bear that it was skipped, for over no items it is.
    """
    for count in (0, 1, 2, 20):
        run = simulate(any_dag.dag, gives(any_dag.task, count), others_empty=True)

        told = f"the run {run.ended} when '{any_dag.task}' gives {count} items to map over"
        assert run.went_well, f"{told}\n{run.explain(any_dag.task)}"


@case("ANY-009", each="mapped")
def test_no_failure_of_one_instance_is_hidden(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When one instance of a mapped task fails for good, the run comes to an end, and not to `success`.

    If this fails: what is downstream of the mapped task is content with other instances (`one_success`, `all_done`).
    """
    watchers = map(fail_for_good, any_dag.watchers)
    run = simulate(any_dag.dag, *watchers, fail_for_good(any_dag.task, map_index=0), others_empty=True)

    told = f"one instance of '{any_dag.task}' fails"
    assert run.settled, f"{told}{hidden(any_dag, run)}"
    assert run.state != "success" or "failed" not in run.states.values(), f"{told}{hidden(any_dag, run)}"


@case("ANY-010", each="teardowns")
def test_what_was_set_up_is_torn_down(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    Whichever task between a setup and its teardown fails, the teardown runs, and not before that task has ended.

    If this fails: the teardown's rule waits for a success, or some of the work is not directly before it.
    """
    for task in any_dag.worked_between:
        for working in (task, *any_dag.left_behind(task)):
            run = simulate(any_dag.dag, takes(working, minutes=1), fail_for_good(task), others_empty=True)

            told = f"'{any_dag.task}' is {run.state_of(any_dag.task)} when '{task}' fails"
            assert run.state_of(any_dag.task) == "success", f"{told}\n{run.explain(any_dag.task)}"
            if run.tries(working):
                told = f"'{any_dag.task}' runs while '{working}' is at work"
                assert run.succeeded(any_dag.task) >= run.ends(working)[-1], f"{told}\n{run.explain(any_dag.task)}"


@case("ANY-011", needs=("tied",), advice=True)
def test_runs_do_not_wait_for_each_other(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A run does not wait for an earlier one of its DAG, whether that is still at work, has failed or skipped a task.

    If this fails: by `depends_on_past` or `wait_for_downstream` runs go one by one and stop after the first that fails.
    """
    earlier: dict[str, Callable[..., Word]] = {"has failed": fail_for_good, "skipped a task": skip}
    if not any_dag.one_run_at_a_time:  # else Airflow starts none while another is at work
        earlier["is at work"] = partial(takes, hours=1)
    waits = []
    for what in earlier:
        run = simulate(any_dag.dag, others_empty=True, beside=tuple(map(earlier[what], any_dag.working)))
        if not run.finished or run.seconds > 0:
            waits.append(f"{'waits for' if run.finished else 'never ends after'} a run that {what}")

    assert not waits, f"{', '.join(any_dag.tied)}: {'; '.join(waits)}"


@case("ANY-012", advice=True)
def test_something_is_tried_again(any_dag: AnyDag) -> None:
    """
    Some task of a DAG is tried again when it fails.

    If this fails: no task has `retries`, so that the first hiccup of a network, a database or a worker fails the run.
    """
    assert any_dag.retried or not any_dag.tasks, "no task of this DAG has retries"


@case("ANY-013", each="sensors", advice=True)
def test_a_sensor_says_how_long_it_waits(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A sensor gives up sooner than after the seven days that are Airflow's default, and a deferrable one when its
    `timeout` says so.

    If this fails: `timeout` is not set, and a run that waits in vain is noticed a week later; or a deferrable sensor
    does not hand it on when it defers, or is tried again after it timed out, as Airflow 2 does.
    """
    sensor, said = any_dag.task, any_dag.timeout
    if not any_dag.defers:
        assert said < 7 * DAY, f"'{sensor}' waits for {said / DAY:g} days (set a timeout)"
        return
    run = simulate(any_dag.dag, never(sensor), others_empty=True)
    assert run.finished, f"'{sensor}' waits for ever, whatever its `timeout` of {said:g} s\n{run.explain(sensor)}"

    tried = [one for one in run.instances(sensor) if run.ends(*one)]
    waited = max((run.ends(*one)[-1] - run.starts(*one)[0] for one in tried), default=0)
    found = f"'{sensor}' waits for {waited:g} s in {run.tries(sensor)} tries, and its `timeout` is {said:g} s"
    assert waited < 7 * DAY, f"{found}\n{run.explain(sensor)}"
    assert not said or waited <= said or "deferred" not in run.path(sensor), f"{found}\n{run.explain(sensor)}"


@case("ANY-014", each="rare_sensors", advice=True)
def test_a_sensor_that_looks_rarely_frees_its_slot(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A sensor that pokes less often than once a minute occupies no worker between its pokes.

    If this fails: its mode is `poke`; with `reschedule` or a deferrable sensor the worker can do something else.
    """
    run = simulate(any_dag.dag, done_after(any_dag.task, seconds=1), others_empty=True)

    told = f"'{any_dag.task}' occupies a worker between its pokes (mode poke; use reschedule)"
    assert run.slot_seconds(any_dag.task) == 0, f"{told}\n{run.explain(any_dag.task)}"


@case("ANY-015", needs=("is_whole",), advice=True)
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
    assert not dag_file.asked, "; ".join(dag_file.asked)


@case("ANY-017", advice=True)
def test_runs_share_no_slots(any_dag: AnyDag) -> None:
    """
    No task waits for a slot that another run of its DAG, or another DAG, may occupy.

    If this fails: a task has a `pool` or `max_active_tis_per_dag`; that protects what it uses, and makes runs wait.
    """
    assert not any_dag.queues, f"waits for a slot: {', '.join(any_dag.queues)}"


@case("ANY-018", each="soft_sensors", advice=True)
def test_a_run_that_succeeds_has_done_something(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When a sensor gives up without failing, a run that succeeds has done something nevertheless.

    If this fails: `soft_fail` skips all there is to do, and nothing tells such a run from a good one; let it fail.
    """
    run = simulate(any_dag.dag, never(any_dag.task), takes(any_dag.task, **LONG_POKE), others_empty=True)

    done = [task for task in any_dag.work_left if run.state_of(task) != "skipped"]
    told = f"'{any_dag.task}' gives up, and the run is a success that skips {', '.join(any_dag.work_left)}"
    assert done or run.state != "success", f"{told} (soft_fail; let it fail)\n{run.explain(any_dag.task)}"


@case("ANY-019", each="skipping", advice=True)
def test_what_is_to_run_whatever_happens_is_not_skipped(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A task whose rule is `all_done` or `always` runs, whatever a branch chooses and a short circuit says.

    If this fails: a branch skips what is directly downstream of it, and a short circuit everything downstream of it,
    without asking for the rule; put a task between, or give the short circuit `ignore_downstream_trigger_rules=False`.
    """
    chosen = any_dag.downstream(any_dag.task) if any_dag.task in any_dag.branches else ()
    for way in [choose(any_dag.task, arm) for arm in chosen] or [short_circuit(any_dag.task)]:
        run = simulate(any_dag.dag, way, others_empty=True)

        for task in any_dag.whatever_happens:
            told = f"'{task}' is skipped by '{any_dag.task}' ({any_dag.rule(task)}; put a task between)"
            assert run.state_of(task) != "skipped", f"{told}\n{run.explain(task)}"


@case("ANY-020", each="publishing", advice=True)
def test_what_is_behind_a_mapped_task_runs_without_items(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When there is nothing to map over, the work downstream of the mapped task is not skipped.

    If this fails: a mapped task over no items is skipped, and so is what needs its success, and not just no failure.
    """
    some, none = (simulate(any_dag.dag, gives(any_dag.task, count), others_empty=True) for count in (1, 0))
    skipped = [t for t in any_dag.published if (some.state_of(t), none.state_of(t)) == ("success", "skipped")]

    told = f"nothing to map over in '{any_dag.task}' skips {', '.join(skipped)}"
    assert not skipped, f"{told} (use none_failed)\n{none.explain(skipped[0])}"


@case("ANY-021", each="patient", advice=True)
def test_a_task_gives_up_within_a_month(any_dag: AnyDag, simulate: Simulator) -> None:
    """
    A task that fails at once whenever it is tried has failed within a month.

    If this fails: its `retries`, `retry_delay` and backoff add up; lower one of them, or set a `max_retry_delay`.
    """
    waits = simulate.retry_waits(any_dag.dag, any_dag.task)

    assert sum(waits) <= 30 * DAY, f"'{any_dag.task}' gives up after {len(waits) + 1} tries and {duration(sum(waits))}"


@case("ANY-022", needs=("is_imported",))
def test_its_ids_are_its_own(dag_file: DagFile) -> None:
    """
    No other file defines a DAG with an id of a DAG file.

    If this fails: Airflow keeps one DAG for each id, that of the file that it reads last; rename one of them.
    """
    assert not dag_file.shares, "; ".join(dag_file.shares)


@case("ANY-023", advice=True)
def test_leaves_nothing_behind(dag_file: DagFile) -> None:
    """
    A DAG file leaves nothing behind when it is imported: no file in its folder, process, thread, signal or log handler.

    If this fails: the file does so whenever Airflow reads it, and before each of its tasks; do it in a task.
    """
    assert not dag_file.leaves, "; ".join(dag_file.leaves)


@case("ANY-024", each="removing", advice=True)
def test_what_was_made_is_removed_when_the_work_fails(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    A task that removes what another one made runs when the work in between fails.

    If this fails: what was made is left, and may cost money or be in the way of the next run; make the task a teardown.
    """
    for work in any_dag.used:
        run = simulate(any_dag.dag, fail_for_good(work), others_empty=True)

        told = f"'{any_dag.task}' is {run.state_of(any_dag.task)} when '{work}' fails, and what '{any_dag.maker}'"
        fix = f"made is left ({any_dag.rule(any_dag.task)}; make it a teardown)"
        is_run = run.state_of(any_dag.task) not in ("upstream_failed", "skipped")
        assert is_run or not run.tries(work), f"{told} {fix}\n{run.explain(any_dag.task)}"
