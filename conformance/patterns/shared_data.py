"""
Shared data: many tasks of one run write to one place.

Reference DAG: dags/shared_data.py and dags/shared_variable.py
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import MAPPED, downstream_of
from conformance.simulator import Simulate, aws, fail, succeed
from conformance.simulator.clock import FAR_OFF


@dataclass(frozen=True, kw_only=True, repr=False)
class SharedData(Claim):
    """Tasks of one run write to one item of DynamoDB."""

    pattern = "shared-data"
    roles = ("writer", "total", "winner", "source", "recorder", "variable")
    shapes: ClassVar = {
        "writer": (MAPPED,),
        "total": (downstream_of("writer"),),
        "winner": (MAPPED,),
        "recorder": (downstream_of("source"),),
    }

    writer: str = UNSAID
    """A mapped task, each of whose instances adds to the item."""
    total: str = UNSAID
    """A task downstream of the writer that returns the sum of what was added."""
    sum: int = UNSAID
    """The sum, if nothing is lost."""
    winner: str = UNSAID
    """A mapped task of which one instance, whichever, returns true, and all others false."""
    source: str = UNSAID
    """A task that returns a text for the item."""
    recorder: str = UNSAID
    """The task downstream of the source that writes the text to the item."""
    table: str = UNSAID
    """The table, which exists before the run and is empty."""
    key: str = UNSAID
    """The one attribute, a text, that is the key of the table."""
    expires: str = UNSAID
    """The attribute that says when DynamoDB may remove an item (its "time to live")."""
    keeps: float = UNSAID
    """How long an item is kept."""
    variable: str = UNSAID
    """A task of a DAG with a daily schedule that returns what a Variable holds, and then sets it; it has no default."""


TODAY = datetime(2024, 1, 2, tzinfo=timezone.utc)
TOMORROW = datetime(2024, 1, 3, tzinfo=timezone.utc)
TOO_LARGE = "x" * 500_000


@case("SHARED-001", needs=("total", "sum", "table", "key"))
def test_no_update_is_lost(shared_data: SharedData, simulate: Simulate) -> None:
    """
    Mapped tasks that write to one item at the same time lose nothing of each other's.

    If this fails: a task reads the item, changes it and writes it back, over what another one wrote meanwhile.
    """
    with aws(latency=1) as cloud:
        cloud.table(shared_data.table, shared_data.key)
        run = simulate(shared_data.dag, execute=True)

    assert len(run.instances(shared_data.writer)) > 1, run.explain(shared_data.writer)
    assert run.xcom(shared_data.total) == shared_data.sum, run.explain(shared_data.total)


@case("SHARED-002", needs=("winner", "table", "key"))
def test_one_of_many_wins(shared_data: SharedData, simulate: Simulate) -> None:
    """
    Of mapped tasks that try to be the first at the same time, exactly one is.

    If this fails: a task looks whether it is the first, and says so in a second request.
    """
    with aws(latency=1) as cloud:
        cloud.table(shared_data.table, shared_data.key)
        run = simulate(shared_data.dag, execute=True)

    instances = run.instances(shared_data.winner)
    won = [run.xcom(shared_data.winner, map_index=instance.map_index) for instance in instances]
    assert sorted(won, key=repr) == [False] * (len(instances) - 1) + [True], run.explain(shared_data.winner)


@case("SHARED-003", needs=("total", "sum", "table", "key"))
def test_a_retry_counts_once(shared_data: SharedData, simulate: Simulate) -> None:
    """
    A task that dies after writing and is tried again does not count twice.

    If this fails: what is added is added without a condition, or the writer has no retries.
    """
    with aws() as cloud:
        cloud.table(shared_data.table, shared_data.key)
        run = simulate(shared_data.dag, fail(shared_data.writer, times=1, late=True), execute=True)

    assert run.xcom(shared_data.total) == shared_data.sum, run.explain(shared_data.total)


@case("SHARED-004", needs=("table", "key"))
def test_each_run_has_its_own(shared_data: SharedData, simulate: Simulate) -> None:
    """
    Each run has items of its own.

    If this fails: the key of the item has no run id in it.
    """
    with aws() as cloud:
        cloud.table(shared_data.table, shared_data.key)
        simulate(shared_data.dag, at=TODAY, execute=True)
        before = cloud.items(shared_data.table)
        run = simulate(shared_data.dag, at=TOMORROW, execute=True)
        after = cloud.items(shared_data.table)

    assert len(after) == 2 * len(before) > 0, run.explain()


@case("SHARED-005", needs=("source", "recorder", "table", "key"))
def test_an_item_has_a_limit(shared_data: SharedData, simulate: Simulate) -> None:
    """
    A task that writes more than the 400 KB of an item fails, with an error that speaks of the size.

    If this fails: the task catches DynamoDB's error, and the data is lost in silence.
    """
    with aws() as cloud:
        cloud.table(shared_data.table, shared_data.key)
        run = simulate(shared_data.dag, succeed(shared_data.source, TOO_LARGE), execute=True)

    assert run.state_of(shared_data.recorder) == "failed", run.explain(shared_data.recorder)
    for instance in run.instances(shared_data.recorder):
        assert "size" in run.errors[instance], run.explain(shared_data.recorder)


@case("SHARED-006", needs=("expires", "keeps", "table", "key"))
def test_items_go_away(shared_data: SharedData, simulate: Simulate) -> None:
    """
    Every item says when it may be removed, in seconds since 1970.

    If this fails: the time to live is missing, or in milliseconds, which DynamoDB takes for a distant future.
    """
    with aws() as cloud:
        cloud.table(shared_data.table, shared_data.key)
        run = simulate(shared_data.dag, execute=True)
        items = cloud.items(shared_data.table)

    assert items, run.explain()
    for item in items:
        kept = int(item[shared_data.expires]) - run.started.timestamp()
        assert 0 <= kept - shared_data.keeps <= run.seconds, run.explain()


@case("SHARED-007", needs=("variable",))
def test_a_variable_belongs_to_no_run(shared_data: SharedData, simulate: Simulate) -> None:
    """
    What one run puts into a Variable, the next run finds there.

    If this fails: the name of the Variable has something of the run in it, and each run leaves one behind for ever.
    """
    first = simulate(shared_data.dag, until=FAR_OFF, runs=2, depth="scheduler", execute=True)

    found = [run.xcom(shared_data.variable) for run in (first, *first.others)]
    assert len(found) > 1, first.explain()
    assert found[0] is None, first.explain(shared_data.variable)
    assert None not in found[1:], first.others[0].explain(shared_data.variable)
