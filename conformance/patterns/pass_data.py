"""
Pass data: a result reaches the tasks that need it.

Reference DAG: dags/pass_data.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import MAPPED, directly_downstream_of, downstream_of, if_said
from conformance.simulator import Simulate, do, fail, for_real, receive, succeed, takes
from conformance.simulator.clock import FAR_OFF
from conformance.truth.xcom_values import NOT_READ, NOT_STORED, same, values


@dataclass(frozen=True, kw_only=True, repr=False)
class PassData(Claim):
    """A task whose result other tasks use."""

    pattern = "pass-data"
    roles = ("producer", "consumer", "puller")
    shapes: ClassVar = {
        "producer": (if_said("collects", MAPPED),),
        "consumer": (directly_downstream_of("producer"), if_said("pairs", MAPPED)),
        "puller": (downstream_of("producer"),),
    }

    producer: str
    """The task that returns the data."""
    consumer: str = UNSAID
    """A task that takes what the producer returns, or one `output` of it, as an argument of its function."""
    output: str = UNSAID
    """With `multiple_outputs`: the key of the result that the consumer takes."""
    collects: bool = False
    """Whether the producer is mapped and the consumer takes the results of all its instances."""
    pairs: bool = False
    """Whether the producer and the consumer are in one mapped task group."""
    beyond_json: bool = False
    """Whether the producer may return what JSON does not know, such as a date or a set."""
    puller: str = UNSAID
    """A task somewhere downstream of the producer that calls `xcom_pull` for what the producer returned."""
    key: str = UNSAID
    """The key of another XCom, which the puller pulls from the producer, too."""
    retried: bool = False
    """Whether the producer is tried again when it fails."""
    scheduled: bool = False
    """Whether the DAG has a schedule of a day at most, so that one run follows another."""

    @property
    def whole(self) -> bool:
        """Whether the consumer takes one result as a whole."""
        return self.consumer is not None and not self.output and not self.collects

    @property
    def pulled_whole(self) -> bool:
        """Whether the puller pulls one result as a whole."""
        return self.puller is not None and not self.output and not self.collects


JSON = {
    "text": "words",
    "numbers": [7, 1.5, -1],
    "flags": [True, False, None],
    "nested": {"lists": [[], [{"deep": ""}]]},
}


def run_id(context: Any) -> Any:
    """What a task returns so that its result tells the run that it belongs to."""
    return context["run_id"]


def instance(context: Any) -> Any:
    """What a task returns so that its result tells the instance that it belongs to."""
    return f"instance {context['ti'].map_index}"


@case("PASS-001", needs=("consumer",))
def test_an_argument_is_an_edge(pass_data: PassData, simulate: Simulate) -> None:
    """
    A task that takes a result as an argument starts when the result is there, and not at all if there is none.

    If this fails: the trigger rule of the consumer lets it run without its argument.
    """
    producer, consumer = pass_data.producer, pass_data.consumer
    waits = simulate(pass_data.dag, takes(producer, minutes=5))
    fails = simulate(pass_data.dag, fail(producer))

    assert waits.starts(consumer)[0] >= waits.ends(producer)[0], waits.explain(consumer)
    assert fails.state_of(consumer) == "upstream_failed", fails.explain(consumer)


@case("PASS-002", needs=("whole",))
def test_json_arrives_unchanged(pass_data: PassData, simulate: Simulate) -> None:
    """
    Text, numbers, True, False, None, lists, and dicts with keys of text arrive with their value and type.

    If this fails: the argument goes through a template, which makes text of it, or something else of text.
    """
    for value in JSON, "42", 1.5, None:
        run = simulate(pass_data.dag, succeed(pass_data.producer, value), receive(pass_data.consumer))

        received = run.arguments(pass_data.consumer)
        assert any(same(argument, value) for argument in received), f"{received}\n{run.explain(pass_data.consumer)}"


@case("PASS-003", needs=("whole", "beyond_json"))
def test_other_values_are_as_the_table_says(pass_data: PassData, simulate: Simulate) -> None:
    """
    What JSON does not know arrives as it is, arrives as something else, or fails the task that returns or takes it, as
    `fixtures/xcom_values.toml` says for each version.

    If this fails: the operator around the function changes its result before Airflow stores it.
    """
    for value in values():
        run = simulate(pass_data.dag, succeed(pass_data.producer, value.returned), receive(pass_data.consumer))

        states = run.state_of(pass_data.producer), run.state_of(pass_data.consumer)
        explained = f"{value.kind}: {run.arguments(pass_data.consumer)}\n{run.explain(pass_data.producer)}"
        if value.fate == NOT_STORED:
            assert states == ("failed", "upstream_failed"), explained
        elif value.fate == NOT_READ:
            assert states == ("success", "failed"), explained
        else:
            assert any(same(argument, value.arrives) for argument in run.arguments(pass_data.consumer)), explained


@case("PASS-004", needs=("consumer", "output"))
def test_each_output_is_an_xcom(pass_data: PassData, simulate: Simulate) -> None:
    """
    With `multiple_outputs` each item of the result is an XCom under its own key, beside the result as a whole.

    If this fails: `multiple_outputs` is off, and the result has no annotation `dict` that would turn it on.
    """
    result = {pass_data.output: "one of two", "conformance": "the other"}
    run = simulate(pass_data.dag, succeed(pass_data.producer, result), receive(pass_data.consumer))

    assert run.xcom(pass_data.producer) == result, run.explain(pass_data.producer)
    assert run.xcom(pass_data.producer, "conformance") == "the other", run.explain(pass_data.producer)
    assert "one of two" in run.arguments(pass_data.consumer), run.explain(pass_data.consumer)


@case("PASS-005", needs=("pulled_whole",))
def test_a_task_far_behind_can_pull(pass_data: PassData, simulate: Simulate) -> None:
    """
    A task anywhere downstream of the producer gets the producer's result by `xcom_pull`.

    If this fails: it pulls from another task, or without naming one.
    """
    run = simulate(pass_data.dag, succeed(pass_data.producer, "the result"), for_real(pass_data.puller))

    pulled = run.pulled(pass_data.puller)
    assert "the result" in pulled, f"pulled {pulled}\n{run.explain(pass_data.puller)}"


@case("PASS-006", needs=("consumer", "puller", "key"))
def test_a_key_is_one_tasks_own(pass_data: PassData, simulate: Simulate) -> None:
    """
    An XCom under a key of its own is pulled from the task that pushed it, also when another task pushes that key.

    If this fails: it is pulled by its key alone, which Airflow 2 takes for any task's and Airflow 3 for the puller's.
    """

    def push(context: Any) -> None:
        context["ti"].xcom_push(key=pass_data.key, value=f"of {context['ti'].task_id}")

    producer, consumer, puller = pass_data.producer, pass_data.consumer, pass_data.puller
    both = simulate(pass_data.dag, do(producer, push), do(consumer, push), for_real(puller))
    other = simulate(pass_data.dag, do(consumer, push), for_real(puller))

    assert f"of {producer}" in both.pulled(puller), f"pulled {both.pulled(puller)}\n{both.explain(puller)}"
    for run in both, other:
        assert f"of {consumer}" not in run.pulled(puller), f"pulled {run.pulled(puller)}\n{run.explain(puller)}"


@case("PASS-007", needs=("retried",))
def test_a_retry_begins_without_xcoms(pass_data: PassData, simulate: Simulate) -> None:
    """
    What a task pushed before it failed is gone when it is tried again.

    If this fails: the task has no retries, so that what it pushed before it failed stays.
    """

    def push_once(context: Any) -> None:
        if context["ti"].try_number == 1:
            context["ti"].xcom_push(key="leftover", value="of the first try")

    producer = pass_data.producer
    run = simulate(pass_data.dag, do(producer, push_once), fail(producer, times=1))

    assert {key for _, key in run.xcoms} & {"leftover"} == set(), run.explain(producer)


@case("PASS-008", needs=("pulled_whole", "scheduled"))
def test_runs_do_not_see_each_other(pass_data: PassData, simulate: Simulate) -> None:
    """
    A run gets nothing of what an earlier run pushed, also where its own task has pushed nothing.

    If this fails: it is pulled with `include_prior_dates`.
    """
    returned: list[Any] = []

    def return_once(context: Any) -> Any:
        returned.append(None if returned else run_id(context))
        return returned[-1]

    first = simulate(
        pass_data.dag,
        do(pass_data.producer, return_once),
        for_real(pass_data.puller),
        until=FAR_OFF,
        runs=2,
        depth="scheduler",
    )

    if not first.others:
        pytest.skip("not applicable: its schedule has one run only")
    second = first.others[0]
    assert first.run_id in first.pulled(pass_data.puller), first.explain(pass_data.puller)
    assert first.run_id not in second.pulled(pass_data.puller), second.explain(pass_data.puller)
    assert second.state_of(pass_data.puller) is not None, second.explain(pass_data.puller)


@case("PASS-009", needs=("collects", "consumer"))
def test_results_of_instances_are_collected_in_order(pass_data: PassData, simulate: Simulate) -> None:
    """
    A task that takes the results of a mapped task gets those of all its instances, in the order of their map indexes.

    If this fails: it pulls from one instance only.
    """
    run = simulate(
        pass_data.dag,
        do(pass_data.producer, instance),
        takes(pass_data.producer, minutes=5, map_index=0),
        receive(pass_data.consumer),
    )

    collected = run.arguments(pass_data.consumer)
    in_order = [f"instance {key.map_index}" for key in run.instances(pass_data.producer)]
    assert len(in_order) > 1, run.explain(pass_data.producer)
    assert in_order in collected, f"{collected}\n{run.explain(pass_data.consumer)}"


@case("PASS-010", needs=("pairs", "consumer"))
def test_instances_of_a_group_keep_to_themselves(pass_data: PassData, simulate: Simulate) -> None:
    """
    In a mapped task group each instance of a task gets the result of its own instance of the task before.

    If this fails: it pulls from one instance, or from all.
    """
    run = simulate(pass_data.dag, do(pass_data.producer, instance), receive(pass_data.consumer))

    assert len(run.instances(pass_data.consumer)) > 1, run.explain(pass_data.consumer)
    for _, index in run.instances(pass_data.consumer):
        assert f"instance {index}" in run.arguments(pass_data.consumer, index), run.explain(pass_data.consumer)
