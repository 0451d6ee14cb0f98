"""Random DAGs that do by themselves what a scenario says, so that both can be compared on one DAG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from conformance.seam.api import airflow
from conformance.simulator.scenario import Word, fail, fail_for_good, skip


def examples(count: int) -> settings:
    """So many DAGs, always the same ones, however long they take."""
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )


Act = Literal["succeed", "fail", "fail_for_good", "skip"]

RETRY_DELAY = timedelta(seconds=1)


@dataclass(frozen=True)
class TaskPlan:
    """
    One task: its upstreams by position, its trigger rule, and what it does when it runs.

    A task that fails does so in its first `failures` tries and succeeds in the next.
    """

    upstreams: tuple[int, ...] = ()
    rule: str = "all_success"
    act: Act = "succeed"
    failures: int = 1
    retries: int = 0


Plan = tuple[TaskPlan, ...]


@st.composite
def plans(draw: st.DrawFn, rules: list[str], most_retries: int) -> Plan:
    """DAGs of 3 to 12 tasks with random edges, trigger rules, failures, skips and retries (at most `most_retries`)."""
    return tuple(
        TaskPlan(
            upstreams=tuple(sorted(draw(st.sets(st.sampled_from(range(position)), max_size=4)))) if position else (),
            rule=draw(st.sampled_from(rules)),
            act=draw(st.sampled_from(("succeed", "succeed", "fail", "fail_for_good", "skip"))),
            failures=draw(st.integers(1, 3)),
            retries=draw(st.integers(0, most_retries)),
        )
        for position in range(draw(st.integers(3, 12)))
    )


def name(position: int) -> str:
    """The id of a task; ids sort as positions do."""
    return f"t{position:02}"


def scenario(plan: Plan) -> list[Word]:
    """What the tasks of a plan do, in the simulator's words."""
    words = {
        "fail": lambda task, of: fail(task, times=of.failures),
        "fail_for_good": lambda task, of: fail_for_good(task),
        "skip": lambda task, of: skip(task),
    }
    return [words[of.act](name(i), of) for i, of in enumerate(plan) if of.act != "succeed"]


def build(dag_id: str, plan: Plan, calls: Counter[str]) -> Any:
    """The DAG of a plan, whose own code does what the plan says and counts in `calls` how often it was called."""
    from workshop.selftest.sdk import DAG, PythonOperator

    with DAG(dag_id, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc), schedule=None) as dag:
        for position, of in enumerate(plan):
            task = PythonOperator(
                task_id=name(position),
                python_callable=_code(name(position), of, calls),
                trigger_rule=of.rule,
                retries=of.retries,
                retry_delay=RETRY_DELAY,
            )
            for upstream in of.upstreams:
                task.set_upstream(dag.get_task(name(upstream)))
    if getattr(dag, "relative_fileloc", None) is None:
        dag.relative_fileloc = dag.fileloc  # what parses a DAG file sets it, and 3.0 registers no DAG without
    return dag


def _code(task_id: str, of: TaskPlan, calls: Counter[str]) -> Callable[[], None]:
    def code() -> None:
        calls[task_id] += 1
        if of.act == "skip":
            raise airflow().AirflowSkipException("skipped by its own code")
        if of.act == "fail_for_good":
            raise airflow().AirflowFailException("failed for good by its own code")
        if of.act == "fail" and calls[task_id] <= of.failures:
            raise RuntimeError(f"failed by its own code in call {calls[task_id]}")

    return code
