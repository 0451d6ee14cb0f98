"""
Own code: what the tasks leave behind when they run their own code.

Reference DAG: dags/external_store.py
"""

from datetime import datetime, timezone
from functools import lru_cache

import pytest

from conformance.case import case
from conformance.claims.roles import OwnCode, XcomSizeLimit
from conformance.looks_secret import looks_secret
from conformance.simulator import Simulate, SimulatedRun, aws, takes

A_TUESDAY = datetime(2024, 1, 2, 8, tzinfo=timezone.utc)
FIVE_WEEKS_LATER = datetime(2024, 2, 6, 8, tzinfo=timezone.utc)
"""
Another month, week and day, at the same hour and on the same day of the week: only of a yearly schedule may both belong
to one run.
"""

BEFORE_MIDNIGHT = datetime(2024, 1, 31, 23, 59, 30, tzinfo=timezone.utc)
PAST_MIDNIGHT = 31
"""So many seconds later it is another minute, hour, day and month."""


@lru_cache(maxsize=1)
def executed(dag: str, simulate: Simulate) -> SimulatedRun:
    """A run in which every task runs its own code: the cases that ask no more of a DAG look at the same one."""
    with aws(any_bucket=True):
        return simulate(dag, execute=True)


def what_went_wrong(run: SimulatedRun) -> str:
    """In one line: the first task that failed, with its error, or else how the run ended."""
    failed = [key for key, state in run.states.items() if state == "failed"]
    if not failed:
        return f"run {run.state} ({run.end})"
    others = f" (and {len(failed) - 1} more)" if failed[1:] else ""
    return f"{failed[0]}: {run.errors.get(failed[0], 'failed')}{others}"


def need_success(run: SimulatedRun) -> None:
    """A run that does not end `success` is no proof of what it would have done: the case is not run."""
    if run.state != "success":
        pytest.skip(f"its run does not end `success`: {what_went_wrong(run)}")


@case("OWN-001")
def test_succeeds(own_code: OwnCode, simulate: Simulate) -> None:
    """
    When the tasks run their own code, the run ends `success`.

    If this fails: a task has a mistake in its code, or needs what is not there: another machine, a connection or a
    variable (`--connections`, `--variables`), an object that nobody has written.
    """
    run = executed(own_code.dag, simulate)

    assert run.state == "success", f"{what_went_wrong(run)}\n{run.explain()}"


@case("OWN-002")
def test_every_xcom_is_within_the_limit(own_code: OwnCode, simulate: Simulate) -> None:
    """
    No XCom takes more than 49,344 bytes in the database.

    If this fails: a task hands over the data itself; let it write them to object storage and hand over their address.
    """
    run = executed(own_code.dag, simulate)

    limit = XcomSizeLimit.limit
    too_large = [
        f"{task} hands over {size:,} bytes in XCom '{key}', and {limit:,} is the limit"
        for (task, key), size in sorted(run.xcom_sizes.items())
        if size > limit
    ]
    assert not too_large, "\n".join(too_large)
    need_success(run)


@case("OWN-003")
def test_no_xcom_holds_a_secret(own_code: OwnCode, simulate: Simulate) -> None:
    """
    No XCom holds what looks like a secret.

    If this fails: whoever may look at the DAG can read it, and so can everybody with a copy of the database; hand over
    the id of a connection, and let each task ask for it. If it is no secret, give it another name.
    """
    run = executed(own_code.dag, simulate)

    found = [
        f"{task} hands over {kind} in XCom '{key}'"
        for (task, key), value in sorted(run.xcoms.items(), key=lambda xcom: xcom[0])
        for kind in looks_secret({key: value})
    ]
    assert not found, "\n".join(found)
    need_success(run)


@case("OWN-004")
def test_a_later_run_leaves_an_earlier_one_alone(own_code: OwnCode, simulate: Simulate) -> None:
    """
    What a run wrote to S3 is as it was after another run of the same DAG.

    If this fails: the key of an object has nothing in it that tells one run from another, such as the logical date or
    the run id, or a run cleans up more than its own. Where each run is meant to replace an object, tolerate it.
    """
    with aws(any_bucket=True) as cloud:
        need_success(simulate(own_code.dag, at=A_TUESDAY, execute=True))
        before = cloud.everything()
        second = simulate(own_code.dag, at=FIVE_WEEKS_LATER, execute=True)
        after = cloud.everything()

    changed = [
        f"{address} is {'overwritten' if address in after else 'removed'} by the second run"
        for address, data in sorted(before.items())
        if after.get(address) != data
    ]
    assert not changed, "\n".join([*changed, second.explain()])
    need_success(second)
    if not before:
        pytest.skip("not applicable: it writes nothing to S3")


@case("OWN-005")
def test_a_rerun_writes_the_same_objects(own_code: OwnCode, simulate: Simulate) -> None:
    """
    A run that is run again on the next day writes the same objects to S3, and no further ones.

    If this fails: the key of an object has a random id or the time of writing in it; take the logical date or the run
    id, which a rerun does not change.
    """
    later = [takes(task, seconds=PAST_MIDNIGHT) for task in own_code.tasks]
    with aws(any_bucket=True) as cloud:
        need_success(simulate(own_code.dag, at=BEFORE_MIDNIGHT, execute=True))
        once = cloud.everything().keys()
        again = simulate(own_code.dag, *later, at=BEFORE_MIDNIGHT, execute=True)
        twice = cloud.everything().keys()

    need_success(again)
    if not once:
        pytest.skip("not applicable: it writes nothing to S3")
    new = [f"{address} is new after the rerun" for address in sorted(twice - once)]
    gone = [f"{address} is gone after the rerun" for address in sorted(once - twice)]
    assert not new + gone, "\n".join([*new, *gone, again.explain()])
