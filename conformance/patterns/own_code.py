"""
Own code: what the tasks leave behind when they run their own code.

Reference DAG: dags/external_store.py
"""

from collections.abc import Iterable
from datetime import datetime, timezone
from functools import lru_cache
from typing import NamedTuple

import pytest

from conformance.case import FoundInTask, case
from conformance.patterns.xcom_size_limit import XcomSizeLimit
from conformance.roles.whole_dag import OwnCode
from conformance.sandbox.looks_secret import looks_secret
from conformance.simulator import Key, Simulate, SimulatedRun, Touch, aws, takes

A_TUESDAY = datetime(2024, 1, 2, 8, tzinfo=timezone.utc)
FIVE_WEEKS_LATER = datetime(2024, 2, 6, 8, tzinfo=timezone.utc)
"""
Another month, week and day, at the same hour and on the same day of the week: only of a yearly schedule may both belong
to one run.
"""

BEFORE_MIDNIGHT = datetime(2024, 1, 31, 23, 59, 30, tzinfo=timezone.utc)
PAST_MIDNIGHT = 31
"""So many seconds later it is another minute, hour, day and month."""


class Executed(NamedTuple):
    """A run in which every task ran its own code, and what its tasks did to objects of S3."""

    run: SimulatedRun
    touched: list[Touch]


class Finding(NamedTuple):
    """What is wrong, and the task it is wrong with."""

    task: str
    said: str


@lru_cache(maxsize=1)
def executed(dag: str, simulate: Simulate) -> Executed:
    """A run in which every task runs its own code: the cases that ask no more of a DAG look at the same one."""
    with aws(any_bucket=True) as cloud:
        return Executed(simulate(dag, execute=True), cloud.touched)


def what_went_wrong(run: SimulatedRun) -> Finding:
    """In one line: the first task that failed, with its error, or else how the run ended."""
    failed = [key for key, state in run.states.items() if state == "failed"]
    if not failed:
        return Finding("", f"run {run.state} ({run.end})")
    others = f" (and {len(failed) - 1} more)" if failed[1:] else ""
    return Finding(failed[0].task_id, f"{failed[0]}: {run.errors.get(failed[0], 'failed')}{others}")


def need_success(run: SimulatedRun) -> None:
    """A run that does not end `success` is no proof of what it would have done: the case is not run."""
    if run.state != "success":
        pytest.skip(f"its run does not end `success`: {what_went_wrong(run).said}")


def need_none(findings: Iterable[Finding], explained: str = "") -> None:
    """Fail if there are findings."""
    found = [*findings]
    if found:
        raise FoundInTask(found[0].task, "\n".join([*(finding.said for finding in found), explained]).rstrip())


@case("OWN-001")
def test_succeeds(own_code: OwnCode, simulate: Simulate) -> None:
    """
    When the tasks run their own code, the run ends `success`.

    If this fails: a task has a mistake in its code, or needs what is not there: another machine, a connection or a
    variable (`--connections`, `--variables`), an object that nobody has written.
    """
    run = executed(own_code.dag, simulate).run

    need_none([what_went_wrong(run)] if run.state != "success" else [], run.explain())


@case("OWN-002")
def test_every_xcom_is_within_the_limit(own_code: OwnCode, simulate: Simulate) -> None:
    """
    No XCom takes more than 49,344 bytes in the database.

    If this fails: a task hands over the data itself; let it write them to object storage and hand over their address.
    """
    run = executed(own_code.dag, simulate).run

    limit = XcomSizeLimit.limit
    need_none(
        Finding(task.task_id, f"{task} hands over {size:,} bytes in XCom '{key}', and {limit:,} is the limit")
        for (task, key), size in sorted(run.xcom_sizes.items())
        if size > limit
    )
    need_success(run)


@case("OWN-003")
def test_no_xcom_holds_a_secret(own_code: OwnCode, simulate: Simulate) -> None:
    """
    No XCom holds what looks like a secret.

    If this fails: whoever may look at the DAG can read it, and so can everybody with a copy of the database; hand over
    the id of a connection, and let each task ask for it. If it is no secret, give it another name.
    """
    run = executed(own_code.dag, simulate).run

    need_none(
        Finding(task.task_id, f"{task} hands over {kind} in XCom '{key}'")
        for (task, key), value in sorted(run.xcoms.items(), key=lambda xcom: xcom[0])
        for kind in looks_secret({key: value})
    )
    need_success(run)


@case("OWN-004")
def test_a_later_run_leaves_an_earlier_one_alone(own_code: OwnCode, simulate: Simulate) -> None:
    """
    No object that a run wrote to S3 is written, or removed, by another run of the same DAG.

    If this fails: the key of an object has nothing in it that tells one run from another, such as the logical date or
    the run id, or a run cleans up more than its own. Where each run is meant to replace an object, tolerate it.
    """
    need_success(executed(own_code.dag, simulate).run)
    with aws(any_bucket=True) as cloud:
        need_success(simulate(own_code.dag, at=A_TUESDAY, execute=True))
        before, first = cloud.written(), [*cloud.touched]
        second = simulate(own_code.dag, at=FIVE_WEEKS_LATER, execute=True)
        after, then = cloud.written(), cloud.touched[len(first) :]

    by = {touch.address: touch.by.key.task_id for touch in [*first, *then]}
    changed = {address for address, written in before.items() if after.get(address) != written}
    both = {touch.address for touch in first if touch.wrote} & {touch.address for touch in then if touch.wrote}
    need_none(
        [
            Finding(
                by.get(address, ""),
                f"{address} is {'overwritten' if address in after or address in both else 'removed'} by the second run",
            )
            for address in sorted(changed | both)
        ],
        second.explain(),
    )
    need_success(second)
    if not before | by:
        pytest.skip("not applicable: it writes nothing to S3")


@case("OWN-005")
def test_a_rerun_writes_the_same_objects(own_code: OwnCode, simulate: Simulate) -> None:
    """
    A run that is run again on the next day writes the same objects to S3, and no further ones.

    If this fails: the key of an object has a random id or the time of writing in it; take the logical date or the run
    id, which a rerun does not change.
    """
    need_success(executed(own_code.dag, simulate).run)
    later = [takes(task, seconds=PAST_MIDNIGHT) for task in own_code.tasks]
    with aws(any_bucket=True) as cloud:
        need_success(simulate(own_code.dag, at=BEFORE_MIDNIGHT, execute=True))
        once = cloud.written().keys()
        again = simulate(own_code.dag, *later, at=BEFORE_MIDNIGHT, execute=True)
        twice = cloud.written().keys()
        by = {touch.address: touch.by.key.task_id for touch in cloud.touched}

    need_success(again)
    if not once:
        pytest.skip("not applicable: it writes nothing to S3")
    new = [Finding(by.get(address, ""), f"{address} is new after the rerun") for address in sorted(twice - once)]
    gone = [Finding(by.get(address, ""), f"{address} is gone after the rerun") for address in sorted(once - twice)]
    need_none([*new, *gone], again.explain())


@case("OWN-006")
def test_no_two_instances_write_one_object(own_code: OwnCode, simulate: Simulate) -> None:
    """
    No two instances of a mapped task write one object of S3, or remove what another wrote.

    If this fails: the key of an object has nothing in it that tells one instance from another, such as the item or the
    map index; or it has a whole result in it, which is `LazySelectSequence([3 items])` for every instance.
    """
    run, touched = executed(own_code.dag, simulate)

    mapped = [touch for touch in touched if touch.by.key.map_index >= 0]
    written = {(touch.by.key.task_id, touch.address) for touch in mapped if touch.wrote}
    hands: dict[tuple[str, str], set[Key]] = {place: set() for place in sorted(written)}
    for touch in mapped:
        hands.get((touch.by.key.task_id, touch.address), set()).add(touch.by.key)
    need_none(
        [
            Finding(task, f"{address} is written by {', '.join(map(str, sorted(instances)))}")
            for (task, address), instances in hands.items()
            if len(instances) > 1
        ],
        run.explain(),
    )
    need_success(run)
    if not mapped:
        pytest.skip("not applicable: no mapped task writes to S3")


@case("OWN-007", advice=True)
def test_nothing_is_kept_from_a_task(own_code: OwnCode, simulate: Simulate) -> None:
    """
    No task asks for what there is not: another machine, somebody to get a mail, a variable or connection not given.

    If this fails: only what the task does without it was tried. Give variables and connections with `--variables` and
    `--connections`; what a task does with an answer from another machine has to be tried elsewhere.
    """
    run = executed(own_code.dag, simulate).run

    need_success(run)
    need_none(
        Finding(key.task_id if key else "", f"{key or 'a trigger'} {what}")
        for key, told in run.refused.items()
        for what in told
    )
