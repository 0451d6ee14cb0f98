"""
A task that waits for several, in a nested task group and in a mapped task group.

Use it when the same join is needed for every item of a list: each instance of the group joins its own tasks only. Do
not look up states by task id alone there: an instance is a task id and a map index.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, get_current_context, task, task_group
except ImportError:
    from airflow.decorators import dag, task, task_group
    from airflow.operators.python import get_current_context


def succeeded() -> set[str]:
    """The tasks of this instance of the group that have succeeded, by their ids in the group."""
    ti, run = get_current_context()["ti"], get_current_context()["dag_run"]
    if hasattr(ti, "get_task_states"):  # Airflow 3
        found = ti.get_task_states(ti.dag_id, map_index=ti.map_index, run_ids=[run.run_id])[run.run_id]
        states = {task_id.removesuffix(f"_{ti.map_index}"): state for task_id, state in found.items()}
    else:
        found = [other for other in run.get_task_instances() if other.map_index == ti.map_index]
        states = {other.task_id: other.state for other in found}
    return {task_id.rpartition(".")[2] for task_id, state in states.items() if state == "success"}


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def fan_in_in_groups():
    @task
    def fetch(what: str) -> str:
        return what

    @task
    def bill(what: list[str]) -> str:
        return " and ".join(what)

    @task
    def ask(bank: str, currency: str) -> str:
        return f"{currency} at {bank}"

    # Another try would find the same states.
    @task(trigger_rule="all_done", retries=0)
    def agree(rates: dict[str, str | None]) -> list[str | None]:
        answers = [rates[bank] for bank in rates.keys() & succeeded()]
        if len(answers) < 2:
            raise RuntimeError(f"{len(answers)} of {len(rates)} answered, and that is not enough")
        return answers

    @task_group
    def shop():
        @task_group
        def orders():
            bill([fetch.override(task_id=f"fetch_{what}")(what) for what in ("customers", "orders", "prices")])

        orders()

    @task_group
    def exchange(currency: str):
        banks = "london", "frankfurt", "zurich"
        agree({f"ask_{bank}": ask.override(task_id=f"ask_{bank}")(bank, currency) for bank in banks})

    shop()
    exchange.expand(currency=["USD", "JPY"])


fan_in_in_groups()
