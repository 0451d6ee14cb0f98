"""Small DAGs whose own code does what a scenario says, in test_simulator_against_dag_test.py."""

from __future__ import annotations

from datetime import datetime

from workshop.selftest.sdk import DAG, setup, task, teardown

NEVER = datetime(2024, 1, 1)


@task
def ok():
    """Succeed."""


@task(trigger_rule="all_done")
def anyway():
    """Succeed, whatever came before."""


@task(trigger_rule="none_failed_min_one_success")
def join():
    """Succeed, if something before did and nothing failed."""


for name, values in {"mapped": [1, 2, 3], "mapped_over_nothing": []}.items():
    with DAG(name, start_date=NEVER, schedule=None):

        @task
        def items(values=values):
            """Return what is mapped over."""
            return values

        @task
        def each(value):
            """Fail for one of the values."""
            if value == 2:
                raise ValueError(value)

        @task
        def again(value):
            """Do nothing to a value."""

        mapped = each.expand(value=items())
        mapped >> [ok(), anyway(), join()]
        again.expand(value=mapped)


with DAG("branched", start_date=NEVER, schedule=None):

    @task.branch
    def pick():
        """Follow one of two."""
        return "left"

    left, right = ok.override(task_id="left")(), ok.override(task_id="right")()
    pick() >> [left, right]
    [left, right] >> join()
    [left, right] >> anyway()
    [left, right] >> ok.override(task_id="needs_all")()
    right >> ok.override(task_id="behind_right")()


for name, ignores in {"cut_short": True, "cut_short_politely": False}.items():
    with DAG(name, start_date=NEVER, schedule=None):

        @task.short_circuit(ignore_downstream_trigger_rules=ignores)
        def check():
            """Find nothing to do."""
            return False

        check() >> ok() >> anyway()


with DAG("torn_down", start_date=NEVER, schedule=None):

    @setup
    def make():
        """Succeed."""

    @task
    def use():
        """Fail between set-up and teardown."""
        raise ValueError

    @teardown
    def remove():
        """Succeed."""

    made, removed = make(), remove()
    made >> use() >> removed
    made >> removed
    removed >> ok()
