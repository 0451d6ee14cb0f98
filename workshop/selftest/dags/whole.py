"""DAGs on which the cases that hold for every DAG have something to find, in test_any_dag.py: one idea each."""

from __future__ import annotations

from datetime import datetime, timedelta

from workshop.selftest.sdk import (
    DAG,
    BaseOperator,
    BranchPythonOperator,
    ShortCircuitOperator,
    setup,
    task,
    teardown,
)

try:
    from airflow.sdk.exceptions import AirflowSkipException as Skip
except ImportError:
    from airflow.exceptions import AirflowSkipException as Skip

THEN = datetime(2024, 1, 1)


@task(retries=1)
def load():
    """Work."""


@task(trigger_rule="all_done")
def report():
    """Work, whatever came before."""


# --- who is a watcher, for ANY-003 ---

with DAG("guard", start_date=THEN, schedule=None):

    @task
    def tell_if_sunday(day):
        """Return early, or skip."""
        if day == "Sunday":
            return "told"
        raise Skip("only on Sundays")

    load() >> report()
    tell_if_sunday("Monday")

with DAG("chain_of_ifs", start_date=THEN, schedule=None):

    @task
    def pick_format(name):
        """Return early, or raise at the end."""
        if name.endswith(".csv"):
            return "csv"
        raise ValueError(name)

    pick_format("orders.csv") >> load() >> report()

with DAG("raises_whatever_happened", start_date=THEN, schedule=None):

    @task(trigger_rule="all_done")
    def not_yet_written():
        """Raise, whatever came before."""
        raise NotImplementedError

    load() >> not_yet_written()
    load.override(task_id="late")() >> report()

with DAG("skips_after_a_failure", start_date=THEN, schedule=None):

    @task(trigger_rule="one_failed")
    def skipping():
        """Skip, after a failure."""
        raise Skip("somebody knows")

    loaded = load()
    reported = report()
    loaded >> reported
    [loaded, reported] >> skipping()

with DAG("watched", start_date=THEN, schedule=None):

    @task(trigger_rule="one_failed")
    def watch(loudly=False):
        """Raise on every path."""
        if loudly:
            raise ValueError("a task failed")
        else:
            raise RuntimeError("a task failed")

    loaded = load()
    reported = report()
    loaded >> reported
    [loaded, reported] >> watch()


class Alarm(BaseOperator):
    """A watcher without a function."""

    def execute(self, context):
        """Raise."""
        try:
            raise ValueError("a task failed")
        finally:
            self.log.info("told")


with DAG("watched_by_an_operator", start_date=THEN, schedule=None):
    loaded = load()
    reported = report()
    loaded >> reported
    [loaded, reported] >> Alarm(task_id="alarm", trigger_rule="one_failed")


# --- what must not run, for ANY-004 and ANY-005 ---


class ChoosesNothing(BranchPythonOperator):
    """A branch that tells Airflow nothing."""

    def execute(self, context):
        """Choose, and forget it."""
        return None


class LetsEverythingThrough(ShortCircuitOperator):
    """A short circuit that tells Airflow nothing."""

    def execute(self, context):
        """Ask, and forget it."""
        return self.execute_callable()


with DAG("unskipped_arm", start_date=THEN, schedule=None):
    ChoosesNothing(task_id="pick", python_callable=lambda: "load") >> [load(), load.override(task_id="other")()]

with DAG("unskipped_work", start_date=THEN, schedule=None):
    LetsEverythingThrough(task_id="any_orders", python_callable=lambda: True) >> load()

with DAG("far_join", start_date=THEN, schedule=None):

    @task
    def aaa_first():
        """Be the first in the DAG, and the last of what is skipped."""

    @task.branch
    def pick():
        """Choose."""
        return "fast"

    @task
    def join():
        """Need both arms."""

    last = aaa_first()
    pick() >> [load.override(task_id="fast")(), load.override(task_id="slow")()] >> join() >> last


# --- what is at work when it is torn down, for ANY-010 ---

for rule in ("one_success", "one_failed", "always", "all_success", "directly"):
    with DAG(f"torn_down_{rule}", start_date=THEN, schedule=None):

        @setup
        def create():
            """Set up."""

        @task(trigger_rule=rule if rule != "directly" else "all_success")
        def summary():
            """Wait for the work, or for some of it."""

        @teardown
        def drop():
            """Tear down."""

        created = create()
        work = [load.override(task_id="quick")(), load.override(task_id="slow")()]
        dropped = drop().as_teardown(setups=created)
        created >> work >> summary() >> dropped
        if rule == "directly":
            work >> dropped


# --- runs that are tied to each other, for ANY-011 ---

for catchup in (True, False):
    for tie in ("depends_on_past", "wait_for_downstream"):
        for most in (16, 1):
            name = f"{tie}_{'with' if catchup else 'without'}_catchup_{most}"
            with DAG(name, start_date=THEN, schedule="@daily", catchup=catchup, max_active_runs=most):
                load.override(**{tie: True})() >> load.override(task_id="after")()

with DAG("catchup_by_default", start_date=THEN, schedule="@daily"):
    load.override(depends_on_past=True)()

with DAG("manual_runs_alone", start_date=THEN, schedule=None, catchup=True):
    load.override(depends_on_past=True)()


# --- how long a task is tried, for ANY-007 and ANY-021 ---

TRIED = {
    "constant": {"retries": 3, "retry_delay": timedelta(minutes=7)},
    "growing": {"retries": 4, "retry_delay": timedelta(minutes=5), "retry_exponential_backoff": True},
    "limited": {
        "retries": 4,
        "retry_delay": timedelta(minutes=5),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=12),
    },
    "at_once": {"retries": 3, "retry_delay": timedelta(0)},
    "for_ever": {"retries": 1100, "retry_delay": timedelta(hours=3)},
}
with DAG("tried_again", start_date=THEN, schedule=None):
    for name, words in TRIED.items():
        load.override(task_id=name, **words)()


# --- what waits for a slot, for ANY-017 ---

with DAG("deferred_in_a_pool", start_date=THEN, schedule=None):
    try:
        from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
    except ImportError:
        from airflow.sensors.date_time import DateTimeSensorAsync
    DateTimeSensorAsync(task_id="wait", target_time=THEN, pool="warehouse", max_active_tis_per_dag=1)
    load.override(pool="warehouse")()


# --- what is said of rehearsals that end well, for ANY-018, ANY-019 and ANY-024 ---

with DAG("nothing_done", start_date=THEN, schedule=None):
    task.sensor(task_id="file", poke_interval=60, timeout=600, soft_fail=True)(lambda: True)() >> load()

with DAG("something_done", start_date=THEN, schedule=None):
    task.sensor(task_id="file", poke_interval=60, timeout=600, soft_fail=True)(lambda: True)() >> load()
    load.override(task_id="other")()

with DAG("cleans_up_behind_a_branch", start_date=THEN, schedule=None):
    arms = [load(), load.override(task_id="clean_up", trigger_rule="all_done")()]
    task.branch(task_id="pick")(lambda: "load")() >> arms


class CreateSmallClusterOperator(BaseOperator):
    """Makes what the next one removes, by its name."""


class DeleteClusterOperator(BaseOperator):
    """Removes it."""


with DAG("drops_behind_the_work", start_date=THEN, schedule=None):
    makes = load.override(task_id="create_table")()
    makes >> load() >> load.override(task_id="count")() >> load.override(task_id="drop_table")()

with DAG("drops_whatever_happens", start_date=THEN, schedule=None):
    makes = load.override(task_id="create_table")()
    makes >> load() >> load.override(task_id="drop_table", trigger_rule="all_done")()

with DAG("drops_something_else", start_date=THEN, schedule=None):
    makes = load.override(task_id="create_table")()
    makes >> load() >> load.override(task_id="drop_old_table")()
    load.override(task_id="create_index")() >> load.override(task_id="drop_index")()

with DAG("deletes_by_operator", start_date=THEN, schedule=None):
    (
        CreateSmallClusterOperator(task_id="before")
        >> [load(), load.override(task_id="count")()]
        >> DeleteClusterOperator(task_id="after")
    )
