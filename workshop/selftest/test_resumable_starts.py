"""Proves that a run which takes up where an earlier one was is the run that begins from its creation."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from conformance.folder.parse import parse
from conformance.paths import DAGS
from conformance.seam.api import airflow
from conformance.simulator import SimulatedRun, Word, fail, fail_for_good, simulate, skip, takes
from conformance.simulator.clock import EPOCH
from conformance.simulator.resumable_starts import Beginnings
from workshop.selftest.random_dags import Plan, TaskPlan, build, examples, name, plans
from workshop.selftest.test_depths_agree import RULES

ANEW = {"id", "context_carrier", "span_status"}
"""What Airflow makes up anew for each row, or keeps of its tracing, which is off."""

FILES = (
    "branch_in_mapped_groups",
    "fan_in_quorum",
    "merge_in_groups",
    "parallel_failure_in_groups",
    "retry",
    "sensor_timeout",
    "setup_teardown",
    "shared_data",
    "trigger_rules",
    "watcher",
)
"""Reference DAGs of different make."""

_serial = count(1)

pytestmark = [pytest.mark.at_both_ends, pytest.mark.usefixtures("sandbox")]

Scenario = tuple[tuple[Word, ...], bool]


@st.composite
def scenarios(draw: st.DrawFn, size: int) -> list[Scenario]:
    """Scenarios for a DAG of so many tasks, each with whether Airflow takes the other tasks for EmptyOperators."""
    words = st.builds(
        lambda say, position: say(name(position)),
        st.sampled_from((fail, fail_for_good, skip, lambda task: takes(task, minutes=1))),
        st.integers(0, size - 1),
    )
    return draw(st.lists(st.tuples(st.lists(words, max_size=2).map(tuple), st.booleans()), min_size=2, max_size=5))


@examples(12)
@given(st.data())
def test_nobody_sees_where_a_run_of_a_random_dag_begins(data: st.DataObject) -> None:
    """Whatever earlier runs were about, a run has the same states, tries and times, and leaves the same rows."""
    plan: Plan = data.draw(plans(RULES, most_retries=2))
    dag = build(f"begun_{next(_serial)}", plan, Counter())

    for words, others_empty in data.draw(scenarios(len(plan))):
        note(f"{words}, others_empty={others_empty}")
        assert begun_earlier(dag, *words, others_empty=others_empty) == begun_anew(
            dag, *words, others_empty=others_empty
        )


@pytest.mark.parametrize("file", FILES)
def test_nobody_sees_where_a_run_of_a_reference_dag_begins(file: str) -> None:
    """The same holds of branches, mapped tasks and groups, sensors, setups and teardowns, whichever task fails."""
    dags, _ = parse(DAGS / f"{file}.py")
    assert dags
    for dag in dags.values():
        for words in [(), *((fail_for_good(task_id),) for task_id in dag.task_dict)]:
            assert begun_earlier(dag, *words, others_empty=True) == begun_anew(dag, *words, others_empty=True)


def test_a_run_takes_up_where_earlier_ones_were() -> None:
    """Of a chain of six, Airflow decides again only from the first task on of which the scenario speaks."""
    chain = build("begun_chain", tuple(TaskPlan((n - 1,) if n else ()) for n in range(6)), Counter())
    passes = []
    for words in (fail("t01"),), (fail("t03"),), (fail("t05"),), (), (fail("t03"),), (fail("t00"),):
        with mock.patch.object(airflow(), "decide", side_effect=airflow().decide) as decide:
            run = begun_earlier(chain, *words, others_empty=True)
        passes.append(decide.call_count)
        assert run == begun_anew(chain, *words, others_empty=True)

    assert passes == [7, 6, 4, 2, 4, 7]


@pytest.mark.parametrize("options", [{"conf": {"a": 1}}, {"beside": ()}, {"at": EPOCH + timedelta(days=1)}], ids=repr)
def test_a_run_that_begins_in_another_way_begins_anew(options: dict[str, Any]) -> None:
    """A run with a `conf`, beside another one, or at another instant does not take up where a plain one was."""
    dag = build("begun_otherwise", (TaskPlan(), TaskPlan((0,))), Counter())
    for others in {}, options, {}:
        assert begun_earlier(dag, others_empty=True, **others) == begun_anew(dag, others_empty=True, **others)


@pytest.mark.parametrize(("table", "created"), [(None, 1), ("log", 2)], ids=["nothing", "something"])
def test_only_runs_of_which_nothing_else_is_written_are_kept(table: str | None, created: int) -> None:
    """A run of which Airflow keeps something in other tables than its own two is not taken up."""
    dag = build(f"begun_{next(_serial)}", (TaskPlan(), TaskPlan((0,))), Counter())
    create = airflow().create_run

    def creating(*args: Any) -> None:
        create(*args)
        if table:
            _write(table, dag.dag_id)

    with mock.patch.object(airflow(), "create_run", side_effect=creating) as counted:
        for _ in range(2):
            assert simulate(dag, others_empty=True).state == "success"

    assert counted.call_count == created


def begun_earlier(dag: Any, *words: Word, **options: Any) -> tuple[SimulatedRun, Any]:
    """A run that takes up where it can, and its rows."""
    rows: list[Any] = []
    forget = airflow().forget

    def noted() -> None:
        rows[:] = [_rows(table, dag.dag_id) for table in ("dag_run", "task_instance")]
        forget()

    with mock.patch.object(airflow(), "forget", noted):
        return simulate(dag, *words, **options), rows


def begun_anew(dag: Any, *words: Word, **options: Any) -> tuple[SimulatedRun, Any]:
    """A run that begins from its creation, and its rows."""
    with mock.patch.object(Beginnings, "of", return_value=[]):
        return begun_earlier(dag, *words, **options)


def _write(table: str, dag_id: str) -> None:
    from airflow.models.base import Base
    from airflow.utils.session import create_session

    with create_session() as session:
        session.execute(Base.metadata.tables[table].insert().values(dag_id=dag_id, event="test"))


def _rows(table: str, dag_id: str) -> list[dict[str, Any]]:
    from airflow.models.base import Base
    from airflow.utils.session import create_session

    of = Base.metadata.tables[table]
    with create_session() as session:
        found = session.execute(of.select().where(of.c.dag_id == dag_id)).mappings().all()
    return [{column: value for column, value in row.items() if column not in ANEW} for row in found]
