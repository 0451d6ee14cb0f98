"""
A task that goes on when at least two of three have succeeded.

Use it when some results are enough. No trigger rule can count, so the task waits for all (`all_done`) and counts for
itself. It has to count states, not results: what a failed task should have returned is None, and so is what a
successful one returns that had nothing to report. The run succeeds although one has failed: say it to somebody.
"""

from datetime import datetime

try:
    from airflow.sdk import dag, get_current_context, task
except ImportError:
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context


def succeeded() -> set[str]:
    """The tasks of this run that have succeeded."""
    ti, run = get_current_context()["ti"], get_current_context()["dag_run"]
    if hasattr(ti, "get_task_states"):  # Airflow 3
        states = ti.get_task_states(ti.dag_id, run_ids=[run.run_id])[run.run_id]
    else:
        states = {other.task_id: other.state for other in run.get_task_instances()}
    return {task_id for task_id, state in states.items() if state == "success"}


@dag(schedule=None, start_date=datetime(2024, 1, 1), catchup=False, tags=["conformance"])
def fan_in_quorum():
    @task
    def ask_london() -> float:
        return 1.08

    @task
    def ask_frankfurt() -> float:
        return 1.1

    @task
    def ask_zurich() -> float:
        return 1.09

    # Another try would find the same states.
    @task(trigger_rule="all_done", retries=0)
    def agree(rates: dict[str, float | None]) -> list[float | None]:
        answers = [rates[city] for city in rates.keys() & succeeded()]
        if len(answers) < 2:
            raise RuntimeError(f"{len(answers)} of {len(rates)} answered, and that is not enough")
        return answers

    agree({"ask_london": ask_london(), "ask_frankfurt": ask_frankfurt(), "ask_zurich": ask_zurich()})


fan_in_quorum()
