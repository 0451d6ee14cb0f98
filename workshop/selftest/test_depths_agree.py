"""Proves the two depths of the simulator against each other, on random DAGs without limits."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest
from hypothesis import given, note

from conformance.simulator import simulate, takes
from workshop.selftest.random_dags import Plan, build, examples, plans, scenario

pytestmark = pytest.mark.at_the_ends_of_each_line

RULES = [
    "all_success",
    "all_failed",
    "all_done",
    "none_failed",
    "none_failed_min_one_success",
    "one_failed",
    "one_success",
]

_serial = count(1)


@pytest.mark.usefixtures("sandbox")
@examples(20)
@given(plans(RULES, most_retries=2))
def test_both_depths_agree_on_random_dags(plan: Plan) -> None:
    """Whatever tasks of whatever length do, they have the same states, tries and times at both depths."""
    dag = build(f"any_{next(_serial)}", plan, Counter())
    words = [*scenario(plan), *(takes(task_id, minutes=1 + n % 3) for n, task_id in enumerate(dag.task_dict))]
    shallow, deep = simulate(dag, *words), simulate(dag, *words, depth="scheduler")
    note(f"{shallow.explain()}\n{deep.explain()}")
    assert (deep.state, deep.end, deep.states) == (shallow.state, shallow.end, shallow.states)
    assert sorted(deep.stints, key=repr) == sorted(shallow.stints, key=repr)
