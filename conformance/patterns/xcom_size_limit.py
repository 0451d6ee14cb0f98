"""
Xcom size limit: what goes through XComs stays small.

Reference DAG: dags/xcom_size_limit.py
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from pickle import dumps

from conformance.case import case
from conformance.roles.claim import Claim
from conformance.simulator import Simulate, SimulatedRun, size_limited, succeed


@dataclass(frozen=True, kw_only=True, repr=False)
class XcomSizeLimit(Claim):
    """Tasks that keep their XComs small."""

    pattern = "xcom-size-limit"
    roles = ("task",)

    task: str
    """A task that returns its result as it is."""
    limit: int = 49_344
    """How many bytes one XCom of the DAG may take in the database."""


QUOTES = 2
"""The bytes that JSON puts around a text."""


def sizes_of(run: SimulatedRun, task: str) -> set[int]:
    """How many bytes the results of a task take in the database, of all its instances."""
    return {run.xcom_sizes.get((key, "return_value"), 0) for key in run.instances(task)}


def text_of(size: int) -> str:
    """A text that takes so many bytes in the database."""
    return "x" * (size - QUOTES)


@case("XCOM-001")
def test_airflow_sets_no_limit(xcom_size_limit: XcomSizeLimit, simulate: Simulate) -> None:
    """
    Airflow stores a result of 48 KiB, of one byte more than its own `MAX_XCOM_SIZE`, of 64 KiB and of a megabyte.

    If this fails: a limit is in force, of the operator or of an XCom backend.
    """
    task = xcom_size_limit.task
    for size in 48 * 1024, 49_345, 64 * 1024, 1_000_000:
        run = simulate(xcom_size_limit.dag, succeed(task, text_of(size)))

        assert run.state_of(task) == "success", run.explain(task)
        assert sizes_of(run, task) == {size}, run.explain(task)


@case("XCOM-002")
def test_every_xcom_is_within_the_limit(xcom_size_limit: XcomSizeLimit, simulate: Simulate) -> None:
    """
    When the tasks of a DAG run their own code, none of its XComs takes more bytes in the database than the limit.

    If this fails: a task returns the data itself, and not where it is.
    """
    run = simulate(xcom_size_limit.dag, execute=True)

    too_large = {f"{task} {key}": size for (task, key), size in run.xcom_sizes.items() if size > xcom_size_limit.limit}
    assert run.state == "success", run.explain(xcom_size_limit.task)
    assert too_large == {}, run.explain(xcom_size_limit.task)


@case("XCOM-003")
def test_the_limit_is_exact(xcom_size_limit: XcomSizeLimit, simulate: Simulate) -> None:
    """
    With the size-limited backend, a result of as many bytes as the limit allows is stored, and one of a byte more fails
    the task that returns it with an error that says the size, the limit, and where to put the data instead.

    If this fails: the operator adds something to the result, or goes on where it cannot be stored.
    """
    task, limit = xcom_size_limit.task, xcom_size_limit.limit
    fits = simulate(xcom_size_limit.dag, succeed(task, text_of(limit)), xcom_backend=size_limited(limit))
    over = simulate(xcom_size_limit.dag, succeed(task, text_of(limit + 1)), xcom_backend=size_limited(limit))

    assert (fits.state_of(task), sizes_of(fits, task)) == ("success", {limit}), fits.explain(task)
    assert (over.state_of(task), sizes_of(over, task)) == ("failed", {0}), over.explain(task)
    for said in f"{limit + 1} bytes", f"limit is {limit}", "object storage":
        assert said in over.error(task), over.explain(task)


@case("XCOM-004")
def test_text_counts_in_bytes(xcom_size_limit: XcomSizeLimit, simulate: Simulate) -> None:
    """
    A result counts in the bytes that are stored, which are six for a letter outside of ASCII and twelve for an emoji.

    If this fails: the operator replaces letters.
    """
    task = xcom_size_limit.task
    run = simulate(xcom_size_limit.dag, succeed(task, "é漢" * 1000 + "🎉"))

    assert sizes_of(run, task) == {6 * 2000 + 12 + QUOTES}, run.explain(task)


@case("XCOM-005")
def test_packed_objects_count_as_packed(xcom_size_limit: XcomSizeLimit, simulate: Simulate) -> None:
    """
    An object that is pickled and encoded as base64 counts as encoded, a third more than the pickle.

    If this fails: the operator packs the result in its own way.
    """
    task = xcom_size_limit.task
    pickled = dumps({number: {number} for number in range(500)})
    run = simulate(xcom_size_limit.dag, succeed(task, b64encode(pickled).decode()))

    encoded = 4 * -(-len(pickled) // 3)
    assert sizes_of(run, task) == {encoded + QUOTES}, run.explain(task)
