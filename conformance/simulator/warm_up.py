"""Play once what most DAGs need, so that forks of this process inherit what is made when it is first used."""

from __future__ import annotations

from datetime import datetime, timezone

from conformance.seam.api import airflow
from conformance.simulator.scenario import fail, fail_for_good
from conformance.simulator.simulate import simulate


def warm_up() -> None:
    """Simulate two runs of a small DAG; what they leave in the database is no concern of whoever has a copy of it."""
    kit = airflow()
    with kit.DAG("conformance_warm_up", start_date=datetime(2024, 1, 1, tzinfo=timezone.utc), schedule=None) as dag:
        first, second = (kit.PythonOperator(task_id=name, python_callable=print, retries=1) for name in ("a", "b"))
        first >> second
    simulate(dag, fail("a", times=1))
    simulate(dag, fail_for_good("a"), others_empty=True)
