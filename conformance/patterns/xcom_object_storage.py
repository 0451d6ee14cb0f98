"""
Xcom object storage: Airflow itself keeps large results elsewhere.

Reference DAG: dags/xcom_object_storage.py
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from conformance.case import case
from conformance.patterns.xcom_size_limit import QUOTES, sizes_of, text_of
from conformance.roles.claim import UNSAID, Claim
from conformance.simulator import Simulate, do, fail, object_storage, receive, succeed


@dataclass(frozen=True, kw_only=True, repr=False)
class XcomObjectStorage(Claim):
    """Tasks whose results may be large, with Airflow's own XCom backend for object storage switched on."""

    pattern = "xcom-object-storage"
    roles = ("producer", "between", "consumer")

    producer: str
    """The task that returns the data; it may be mapped."""
    consumer: str
    """A task that takes what the producer returns as its only argument; of a mapped producer, each instance one."""
    between: str = UNSAID
    """A task downstream of the producer and before the consumer."""
    mapped: bool = False
    """Whether the producer is mapped, or in a mapped task group."""
    retried: bool = False
    """Whether the producer is tried again when it fails."""


THRESHOLD = 1000
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@case("XCOMOBJECT-001", since="2.9")
def test_the_threshold_is_exact(xcom_object_storage: XcomObjectStorage, simulate: Simulate) -> None:
    """
    A result with a byte less than the threshold, as JSON, is in the database; one of as many bytes is in the storage,
    and its address in the database.

    If this fails: the operator adds something to the result, or stores it in its own way.
    """
    dag, producer = xcom_object_storage.dag, xcom_object_storage.producer
    with object_storage(THRESHOLD) as store:
        below = simulate(dag, succeed(producer, text_of(THRESHOLD - 1)), xcom_backend=store)
        kept = store.objects(producer)
        run = simulate(dag, succeed(producer, text_of(THRESHOLD)), xcom_backend=store)
        stored = store.objects(producer)

    assert (kept, sizes_of(below, producer)) == ({}, {THRESHOLD - 1}), below.explain(producer)
    assert len(stored) == len(run.instances(producer)), run.explain(producer)
    assert {len(content) for content in stored.values()} == {THRESHOLD}, run.explain(producer)
    assert sizes_of(run, producer) == {len(address) + QUOTES for address in stored}, run.explain(producer)


@case("XCOMOBJECT-002", since="2.9")
def test_never_and_always(xcom_object_storage: XcomObjectStorage, simulate: Simulate) -> None:
    """
    With a threshold of -1, which is the default, nothing goes to the storage, and with 0 everything does.

    If this fails: the operator stores its result in its own way.
    """
    dag, producer = xcom_object_storage.dag, xcom_object_storage.producer
    for threshold, value, stored in (-1, text_of(1_000_000), False), (0, 1, True):
        with object_storage(threshold) as store:
            run = simulate(dag, succeed(producer, value), xcom_backend=store)
            objects = store.objects(producer)

        assert len(objects) == stored * len(run.instances(producer)), run.explain(producer)


@case("XCOMOBJECT-003", since="2.9")
def test_the_address_says_whose_it_is(xcom_object_storage: XcomObjectStorage, simulate: Simulate) -> None:
    """
    The address of a result is that of the storage, then DAG id, run id and task id as they are, then a random UUID,
    another one for each instance of a mapped task.

    If this fails: the operator stores its result in its own way.
    """
    dag, producer = xcom_object_storage.dag, xcom_object_storage.producer
    with object_storage(THRESHOLD) as store:
        run = simulate(dag, succeed(producer, text_of(THRESHOLD)), xcom_backend=store)
        objects = store.objects(producer)

    assert len(objects) == len(run.instances(producer)), run.explain(producer)
    for address in objects:
        folder, _, name = address.rpartition("/")
        assert folder == f"{store.base}/{dag}/{run.run_id}/{producer}", run.explain(producer)
        assert re.fullmatch(UUID, name), run.explain(producer)


@case("XCOMOBJECT-004", since="2.9")
def test_the_consumer_gets_what_was_returned(xcom_object_storage: XcomObjectStorage, simulate: Simulate) -> None:
    """
    The consumer gets what the producer returned, in value and type, whether it went through the storage or not.

    If this fails: the operator changes the result on its way.
    """
    dag, producer, consumer = xcom_object_storage.dag, xcom_object_storage.producer, xcom_object_storage.consumer
    value = {"text": "é漢🎉", "numbers": [1, 2.5, None, True], "nested": {"list": [[], {}]}, "day": date(2024, 1, 2)}
    for threshold in -1, 0:
        with object_storage(threshold) as store:
            run = simulate(dag, succeed(producer, value), receive(consumer), xcom_backend=store)

        assert run.arguments(consumer) == [value] * len(run.instances(consumer)), run.explain(consumer)


@case("XCOMOBJECT-005", since="2.9", needs=("retried",))
def test_a_retry_removes_what_the_try_before_left(xcom_object_storage: XcomObjectStorage, simulate: Simulate) -> None:
    """
    What a try pushed before it failed is removed from the storage when the task is tried again.

    If this fails: the task has no retries.
    """
    dag, producer = xcom_object_storage.dag, xcom_object_storage.producer
    push = do(producer, lambda context: context["ti"].xcom_push(key="part", value=text_of(THRESHOLD)))
    with object_storage(THRESHOLD) as store:
        run = simulate(dag, push, fail(producer, times=1), xcom_backend=store)
        left = store.objects(producer)

    assert run.tries(producer) == 2, run.explain(producer)
    assert len(left) == len(run.instances(producer)), run.explain(producer)


@case("XCOMOBJECT-006", since="2.9")
def test_a_cleared_task_removes_what_it_left(xcom_object_storage: XcomObjectStorage, simulate: Simulate) -> None:
    """
    What a task returned before it was cleared is removed from the storage when it runs again.

    If this fails: the operator stores its result in its own way.
    """
    dag, producer = xcom_object_storage.dag, xcom_object_storage.producer
    with object_storage(THRESHOLD) as store:
        run = simulate(dag, succeed(producer, text_of(THRESHOLD)), clear=producer, xcom_backend=store)
        left = store.objects(producer)

    assert run.tries(producer) == 2, run.explain(producer)
    assert len(left) == len(run.instances(producer)), run.explain(producer)


@case("XCOMOBJECT-007", since="2.9", needs=("between",))
def test_a_missing_object_is_an_error(xcom_object_storage: XcomObjectStorage, simulate: Simulate) -> None:
    """
    A consumer whose object is gone fails, with an error that names it.

    If this fails: the consumer does not take the result, or the task between is not before it.
    """
    dag, producer, consumer = xcom_object_storage.dag, xcom_object_storage.producer, xcom_object_storage.consumer
    with object_storage(THRESHOLD) as store:
        scenario = succeed(producer, text_of(THRESHOLD)), do(xcom_object_storage.between, lambda context: store.lose())
        run = simulate(dag, *scenario, receive(consumer), xcom_backend=store)

    assert run.state_of(consumer) == "failed", run.explain(consumer)
    for instance in run.instances(consumer):
        assert f"{store.folder}/" in run.errors[instance], run.explain(consumer)
