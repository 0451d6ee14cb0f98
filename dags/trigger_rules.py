"""
A join for each trigger rule, all after the same three tasks: what runs after what has failed or was skipped.

Use it to look up the rule you need, and copy that one join. Write a trigger rule only where the default,
`all_success`, is not what you mean; in one DAG two different rules are plenty. Do not put a rule that hides failures
(`all_done`, `none_skipped`, `one_success`, …) at the end of a DAG without something beside it that fails the run.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def trigger_rules():
    @task
    def load_customers() -> None:
        print("customers")

    @task
    def load_orders() -> None:
        print("orders")

    @task
    def load_stock() -> None:
        print("stock")

    # The default: everything before it is needed.
    @task(trigger_rule="all_success")
    def build_report() -> None:
        print("report")

    # Optional sources may have been skipped, even all of them.
    @task(trigger_rule="none_failed")
    def build_report_of_what_is_there() -> None:
        print("report of what is there")

    # After a branch: some were skipped, but not all.
    @task(trigger_rule="none_failed_min_one_success")
    def build_report_of_chosen() -> None:
        print("report of what was chosen")

    # Every source was really tried, whether it failed or not.
    @task(trigger_rule="none_skipped")
    def note_results() -> None:
        print("results")

    # Whatever happened.
    @task(trigger_rule="all_done")
    def clean_up() -> None:
        print("clean")

    # What a teardown does by itself: whatever happened, if the setup before it succeeded.
    @task(trigger_rule="all_done_setup_success")
    def release_cluster() -> None:
        print("released")

    # As soon as one is there, without waiting for the others.
    @task(trigger_rule="one_success")
    def announce_first_source() -> None:
        print("first")

    # As soon as one has failed.
    @task(trigger_rule="one_failed")
    def raise_alarm() -> None:
        print("alarm")

    # As soon as one has run, well or badly.
    @task(trigger_rule="one_done")
    def stop_the_clock() -> None:
        print("one was tried")

    # Nothing worked: plan B.
    @task(trigger_rule="all_failed")
    def use_yesterdays_report() -> None:
        print("yesterday's report")

    # Nothing was to be done.
    @task(trigger_rule="all_skipped")
    def say_nothing_to_do() -> None:
        print("nothing to do")

    # At once: the edges are there for the eye only.
    @task(trigger_rule="always")
    def note_start() -> None:
        print("started")

    joins = [
        build_report(),
        build_report_of_what_is_there(),
        build_report_of_chosen(),
        note_results(),
        clean_up(),
        release_cluster(),
        announce_first_source(),
        raise_alarm(),
        stop_the_clock(),
        use_yesterdays_report(),
        say_nothing_to_do(),
        note_start(),
    ]
    for source in [load_customers(), load_orders(), load_stock()]:
        source >> joins


trigger_rules()
