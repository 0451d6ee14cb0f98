"""Proves what an upgrade tells, over surveys and reports made by hand: each part, and what is not told."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from rich.console import Console

from conformance.errors import UserError
from conformance.folder.schedule import Schedule
from conformance.folder.summary import DagSummary, Problem, TaskSummary
from conformance.folder.survey import DagFile, Folder, write
from conformance.folder.task_settings import Trying, Waiting
from conformance.patterns.async_wait import AsyncWait
from conformance.report.record import Outcome, Record
from conformance.upgrade import run
from conformance.upgrade.compare import Ended, Seen, Upgrade, compare
from conformance.upgrade.tables import Row, Table, Tables
from conformance.upgrade.tables import read as read_tables
from conformance.upgrade.tables import write as write_tables
from conformance.upgrade.terminal import print_upgrade
from conformance.versions import find
from workshop.selftest.samples import DEVIATION, FAILED, PASSED, report

pytestmark = pytest.mark.at_the_newest

Look = Callable[..., Seen]

OLD, NEW = find("2.11").version, find("3.3").version
DAY = ("2024-01-02T04:00:00+00:00", "2024-01-01T04:00:00+00:00", "2024-01-02T04:00:00+00:00")
NOT_ONE = "no rehearsal was judged"
MOMENT = ("2024-01-01T04:00:00+02:00",) * 3
NIGHTLY = Schedule("CronDataIntervalTimetable", "0 4 * * *", True, 16, (DAY,))
ORDERS = DagSummary(
    "orders", "o.py", 7, (TaskSummary("fetch"), TaskSummary("pay", upstream=("fetch",))), schedule=NIGHTLY
)
GONE = Problem("import-error", "ModuleNotFoundError: No module named 'airflow.contrib' (shop/o.py:2)")
SENSOR = TaskSummary(
    "wait",
    kind="sensor",
    retries=1,
    trying=Trying(60.0, 1.0, None, None, False),
    waiting=Waiting("reschedule", 60.0, 3600.0, False, False, False, False, None),
)


@pytest.fixture
def seen(tmp_path: Path) -> Look:
    """A folder `shop` with one file, `o.py`, as it is seen on one Airflow."""

    def make(airflow: str, file: DagFile, *records: Record, tables: Tables | None = None) -> Seen:
        folder = Folder(Path("/home/me/shop"), (file,))
        return Seen(folder, report(tmp_path, *records, airflow=airflow), tables or {})

    return make


def of(dag: DagSummary) -> DagFile:
    """The file of a DAG."""
    return DagFile("o.py", (dag,))


def said(found: Upgrade) -> list[str]:
    """What is printed of it."""
    out = io.StringIO()
    print_upgrade(found, Console(file=out, width=80))
    return out.getvalue().splitlines()


def test_nothing_changes(seen: Look) -> None:
    """DAGs that are read alike and end alike are told in one line."""
    found = compare(seen(OLD, of(ORDERS), PASSED), seen(NEW, of(ORDERS), PASSED), ())

    assert not found.changes
    assert said(found)[-1] == f"1 DAG behaves the same, in 1 rehearsals · Airflow {OLD} → {NEW}"


def test_what_stops_importing_and_what_to_use_instead(seen: Look) -> None:
    """A file that stops importing is told with the error, and with what the old Airflow says of its lines."""
    advice = "Please use `airflow.providers`. (shop/o.py:2)"
    old = seen(OLD, replace(of(ORDERS), warned=(advice,)), PASSED)

    found = compare(old, seen(NEW, DagFile("o.py", (), GONE)), ())

    assert (found.stop[0].dags, found.start, found.structure, found.rehearsals) == (("orders",), (), (), ())
    assert said(found)[:3] == [
        f"These do not import on {NEW}, as they do on {OLD}:",
        f"  o.py: {GONE.message}",
        f"    2.11.2 says: {advice}",
    ]


def test_what_begins_to_import(seen: Look) -> None:
    """A file that only the new Airflow imports is told apart from those that stop."""
    found = compare(seen(OLD, DagFile("o.py", (), GONE)), seen(NEW, of(ORDERS), PASSED), ())

    assert (found.stop, [one.before for one in found.start]) == ((), [GONE.message])


def test_rehearsals_that_end_differently(seen: Look) -> None:
    """What passes on one and fails on the other is told with both outcomes and the state table, those alike as one."""
    message = "orders: run failed after 2m\n  pay  failed  tries 2\nassert 'failed' == 'success'\nIf this fails: x"
    fails = [replace(FAILED, subject=f"orders:{task}", message=message) for task in ("fetch", "pay")]
    passes = [replace(one, outcome=Outcome.passed, message="") for one in fails]

    found = compare(seen(OLD, of(ORDERS), *passes), seen(NEW, of(ORDERS), *fails), ())

    assert [(one.before, one.after) for one in found.rehearsals] == [
        (Ended("passed", ""), Ended("failed", message))
    ] * 2
    assert said(found)[:6] == [
        "These rehearsals end differently:",
        "  orders:fetch  RETRY-002 It gives up, `failed`.  (shop/o.py:9)",
        f"    {OLD}: passed",
        f"    {NEW}: failed  orders: run failed after 2m",
        "      pay  failed  tries 2",
        "    and so for pay",
    ]


def test_a_rehearsal_that_passes_and_says_something_else(seen: Look) -> None:
    """What passes on both is told if what it has to say is not the same."""
    old, new = (replace(PASSED, message=f"gives up after {tries} tries") for tries in (2, 3))

    found = compare(seen(OLD, of(ORDERS), old), seen(NEW, of(ORDERS), new), ())

    assert [(one.before.message, one.after.message) for one in found.rehearsals] == [(old.message, new.message)]


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(replace(DEVIATION, case="RETRY-001"), id="a known deviation is told with its link"),
        pytest.param(replace(FAILED, case="RETRY-001", dag="", subject="o.py"), id="about a file"),
        pytest.param(replace(FAILED, case="RETRY-001", dag="refunds"), id="of a DAG that is not on both"),
        None,
    ],
)
def test_what_is_no_rehearsal_that_ends_differently(seen: Look, after: Record | None) -> None:
    """Known deviations, records about files, of DAGs that one does not have, and those that are gone are not told."""
    before = replace(after, outcome=Outcome.passed, message="") if after else PASSED
    new = [after] if after else []

    assert compare(seen(OLD, of(ORDERS), before), seen(NEW, of(ORDERS), *new), ()).rehearsals == ()


def test_what_is_read_differently(seen: Look) -> None:
    """Tasks, edges, settings, the schedule and its first runs are compared."""
    schedule = replace(NIGHTLY, timetable="CronTriggerTimetable", catchup=False, runs=(MOMENT,))
    pay = TaskSummary("pay", retries=2, trigger_rule="all_done")
    other = replace(ORDERS, tasks=(pay, TaskSummary("tell")), schedule=schedule, fail_fast=True)

    found = compare(seen(OLD, of(ORDERS)), seen(NEW, of(other)), ())

    assert {one.what: (one.before, one.after) for one in found.structure} == {
        "fail_fast": ("False", "True"),
        "timetable": ("CronDataIntervalTimetable", "CronTriggerTimetable"),
        "catchup": ("True", "False"),
        "first runs": (
            "2024-01-02 04:00 for 2024-01-01 04:00 to 2024-01-02 04:00",
            "2024-01-01 04:00+02:00 for that moment",
        ),
        "task fetch": ("is there", "is not there"),
        "pay: trigger_rule": ("all_success", "all_done"),
        "pay: upstream tasks": ("fetch", "none"),
        "pay: retries": ("0", "2"),
        "task tell": ("is not there", "is there"),
    }
    assert said(found)[:4] == [
        "These DAGs are read differently:",
        "  orders  (shop/o.py:7)",
        "    fail_fast: False → True",
        "    timetable: CronDataIntervalTimetable → CronTriggerTimetable",
    ]


def test_a_dag_that_a_file_defines_on_one_only(seen: Look) -> None:
    """A DAG that is not there although its file imports is a difference in structure."""
    found = compare(seen(OLD, of(ORDERS)), seen(NEW, of(replace(ORDERS, dag_id="refunds"))), ())

    assert [(one.dag, one.what, one.before, one.after) for one in found.structure] == [
        ("orders", "the DAG", "is there", "is not there"),
        ("refunds", "the DAG", "is not there", "is there"),
    ]


def test_known_deviations_that_touch_a_dag(seen: Look) -> None:
    """What Airflow is known to do on one of the two is told of tasks that follow the pattern, claimed or found."""
    dag = DagSummary("orders", "o.py", 7, (SENSOR,))
    claim = AsyncWait(dag="orders", task="wait", execution_timeout=60)
    other = AsyncWait(dag="refunds", task="wait", execution_timeout=60)

    found = compare(seen(OLD, of(dag)), seen(NEW, of(dag)), (claim, other))

    assert [(one.dag, one.subjects, one.cases, one.airflow) for one in found.deviations] == [
        ("orders", ("orders:wait",), ("SENSOR-006",), NEW),
        ("orders", ("orders:wait",), ("ASYNC-007",), NEW),
    ]
    assert "    ASYNC-007  https://github.com/apache/airflow/issues/69678" in said(found)


def test_known_deviations_of_what_holds_for_every_dag(seen: Look) -> None:
    """What a case that holds for every DAG deviates in is told, too, of the task that it touches."""
    dag = replace(
        ORDERS,
        tasks=(
            TaskSummary("create", setup=True),
            TaskSummary("left", upstream=("create",)),
            TaskSummary("right", upstream=("create",)),
            TaskSummary("join", upstream=("left", "right")),
            TaskSummary("drop", "EmptyOperator", "all_done_setup_success", ("create", "join"), teardown=True),
        ),
    )

    found = compare(seen(OLD, of(dag)), seen(NEW, of(dag)), ())

    assert [(one.subjects, one.cases, one.airflow) for one in found.deviations] == [
        (("orders:drop",), ("ANY-010",), OLD)
    ]


def test_known_facts_of_trigger_rules_that_touch_a_dag(seen: Look) -> None:
    """What a trigger rule does on one of the two alone is told of the join that has it."""
    each = TaskSummary("each", upstream=("list",), mapped=True, expanded=True)
    reduce = TaskSummary("reduce", upstream=("each",))
    dag = replace(ORDERS, tasks=(TaskSummary("list", feeds_mapping=True), each, reduce))

    found = compare(seen(OLD, of(dag)), seen(NEW, of(dag)), ())

    assert [(one.subjects, one.cases, one.airflow) for one in found.deviations] == [
        (("orders:reduce",), ("removed-blocks",), OLD)
    ]


def table(**rows: Row) -> Table:
    """The table of a run that succeeded."""
    return Table("success", rows)


PAID = Row("success", 1, 0)


def happening(seen: Look, before: Sequence[Table], after: Sequence[Table], dag: DagSummary = ORDERS) -> Upgrade:
    """What is compared of one rehearsal that passes on both, in which these runs were simulated."""
    key = PASSED.case, PASSED.subject
    old = seen(OLD, of(dag), PASSED, tables={key: before})
    new = seen(NEW, of(dag), PASSED, tables={key: after})
    return compare(old, new, ())


def test_what_happens_otherwise_in_a_rehearsal_that_ends_alike(seen: Look) -> None:
    """A rehearsal that passes on both, and in whose runs a task does something else, is told with both."""
    before = table(fetch=PAID, pay=Row("success", 2, 0, (60,)))
    after = table(fetch=PAID, pay=Row("skipped"))

    found = happening(seen, [table(pay=PAID), before], [table(pay=PAID), after])

    assert (found.changes, found.same) == (True, ())
    assert said(found)[:5] == [
        "These rehearsals end alike, and what happens in them is not the same:",
        f"  {PASSED.subject}  {PASSED.case} {PASSED.claim}  ({PASSED.where})",
        "    pay",
        f"      {OLD}: success, tries 2, waits 60s between tries",
        f"      {NEW}: skipped, never started",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Row("success", 1, 0), Row("success", 2, 0, (60,))),
        (Row("success", 2, 0, (60,)), Row("success", 2, 0, (300,))),
        (Row("success", 1, 0), Row("success", 1, 60)),
        (Row("success", 1, 0, (), (60, 60)), Row("success", 1, 0, (), (60, 120))),
        (Row("skipped"), Row("none")),
    ],
    ids=["tries", "waits", "start", "pokes", "state"],
)
def test_each_thing_that_a_task_can_do_otherwise(seen: Look, before: Row, after: Row) -> None:
    """States, tries, waits, pokes and when a task starts: each is compared."""
    assert happening(seen, [table(pay=before)], [table(pay=after)]).changes


def test_what_is_no_other_happening(seen: Look) -> None:
    """Nothing is told of runs that are alike, of those that one side alone came to, or of tasks that need no worker."""
    runs = [table(pay=PAID), table(pay=Row("success")), table(pay=Row("failed", 1, 0))]

    found = happening(seen, runs, [table(pay=PAID), table(pay=PAID)])

    assert (found.changes, found.same) == (False, ("orders",))


def test_waits_with_a_random_part(seen: Look) -> None:
    """A wait that grows has a random part, so that it counts only where it is out of proportion."""
    pay = TaskSummary("pay", retries=2, trying=Trying(60.0, 2.0, None, None, False))
    dag = replace(ORDERS, tasks=(pay,))
    before, near, far = (table(pay=Row("failed", 2, 0, (seconds,))) for seconds in (70, 110, 300))

    assert not happening(seen, [before], [near], dag).changes
    assert happening(seen, [before], [far], dag).changes


def test_what_happened_can_be_written_and_read(tmp_path: Path) -> None:
    """The tables of a run go through a file as they are."""
    tables = {("ANY-002", "orders"): [table(**{"pay[1]": Row("success", 2, 0, (60,), (1, 2))})]}
    write_tables([(*pair, [asdict(one) for one in runs]) for pair, runs in tables.items()], tmp_path / "tables")

    assert read_tables(tmp_path / "tables") == tables


def test_a_file_that_imports_on_neither_is_told(seen: Look) -> None:
    """Of a file that neither imports nothing can be told: it is no change, and not the same."""
    broken = DagFile("o.py", (), GONE)

    found = compare(seen(OLD, broken), seen(NEW, broken), ())

    assert (found.changes, found.untold, found.stop, found.start) == (False, True, (), ())
    assert said(found)[:2] == [
        f"These import on neither {OLD} nor {NEW}, so that nothing can be told of them:",
        f"  o.py: {GONE.message}",
    ]


@pytest.mark.parametrize("outcome", [Outcome.error, Outcome.not_run])
def test_a_rehearsal_that_neither_could_judge_is_told(seen: Look, outcome: Outcome) -> None:
    """Nothing is the same of which nobody knows what it is."""
    lost = replace(PASSED, outcome=outcome, message="TypeError: no\nmore")

    found = compare(seen(OLD, of(ORDERS), lost), seen(NEW, of(ORDERS), lost), ())

    assert (found.changes, found.untold, found.same) == (False, True, ())
    assert [(one.case, one.before) for one in found.unjudged] == [(PASSED.case, "TypeError: no"), ("", NOT_ONE)]


def test_values_that_arrive_otherwise_are_told_where_one_is_passed_on(seen: Look) -> None:
    """What becomes of a value in an XCom is told of a folder in which a task returns something, and is no change."""
    idle = replace(ORDERS, tasks=tuple(replace(task, idle=True) for task in ORDERS.tasks))

    found = compare(seen(OLD, of(ORDERS), PASSED), seen(NEW, of(ORDERS), PASSED), ())

    assert ("NaN", "nan", "not stored") in {(one.what, one.before, one.after) for one in found.values}
    assert not found.changes
    assert compare(seen(OLD, of(idle), PASSED), seen(NEW, of(idle), PASSED), ()).values == ()


def test_a_deviation_says_on_which_patch_it_was_measured(seen: Look) -> None:
    """On another patch than the measured one of its minor, a deviation is told with the patch that it is known of."""
    dag = DagSummary("orders", "o.py", 7, (SENSOR,))

    lines = said(compare(seen(OLD, of(dag)), seen("3.3.0", of(dag)), ()))

    assert any(line.startswith(f"  orders:wait  on 3.3.0 only (measured on {NEW}): The timeout") for line in lines)


def test_deviations_that_hold_on_both_are_no_change(seen: Look) -> None:
    """Between two Airflows that both deviate nothing is told, whatever a DAG does."""
    dag = DagSummary("orders", "o.py", 7, (SENSOR,))

    assert compare(seen("3.2.2", of(dag)), seen(NEW, of(dag)), ()).deviations == ()


def test_it_can_be_written_as_json(seen: Look) -> None:
    """All of it is data, and names no place on this machine."""
    text = json.dumps(compare(seen(OLD, of(ORDERS), PASSED), seen(NEW, DagFile("o.py", (), GONE)), ()).as_data())

    assert json.loads(text)["stop"][0]["file"] == "o.py"
    assert "/home" not in text


@pytest.mark.parametrize(
    ("versions", "requirements", "sentence"),
    [
        (("3.3", NEW), None, f"--from and --to are both Airflow {NEW}: name two versions."),
        (("2.11", "3.4"), None, "Airflow '3.4' is not specified: choose 2.7, .*"),
        (("2.11", "3.3"), Path("none.txt"), "There is no file none.txt: name your requirements, or .*"),
    ],
)
def test_bad_input_is_one_sentence(versions: tuple[str, str], requirements: Path | None, sentence: str) -> None:
    """What cannot be compared is said before anything is built or run."""
    with pytest.raises(UserError, match=f"^{sentence}$"):
        run.upgrade(versions, None, requirements, (), None, None)


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (None, f"On Airflow {NEW}: No file holds a DAG."),
        (
            Outcome.error,
            f"No DAG can be rehearsed on Airflow {NEW} (ImportError: x): choose another patch of it.",
        ),
        (Outcome.failed, ""),
    ],
)
def test_a_side_that_says_nothing_of_the_dags(tmp_path: Path, outcome: Outcome | None, sentence: str) -> None:
    """A side without a report is told in its own last words; one on which every rehearsal breaks is no use."""
    side = run.Side(
        find("3.3"), Path("python"), *(tmp_path / f"{NEW}.{name}" for name in ("jsonl", "json", "tables", "txt"))
    )
    side.tables.write_text("[]")
    side.said.write_text("building\nairflow-conformance: No file holds a DAG.\n")
    if outcome:
        broken = replace(FAILED, case="ANY-002", outcome=outcome, message="ImportError: x\ny")
        report(tmp_path, broken, airflow=NEW)
        write(Folder(tmp_path, (of(ORDERS),)), side.survey)

    if outcome is Outcome.failed:
        assert run.seen(side).airflow == NEW
    else:
        with pytest.raises(UserError, match=f"^{re.escape(sentence)}$"):
            run.seen(side)
