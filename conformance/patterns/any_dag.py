"""
Any DAG: what everybody expects without saying so.

Reference DAG: all of them
"""

from conformance.case import case
from conformance.claims.folder import DagFile
from conformance.claims.roles import AnyDag
from conformance.simulator import Simulate


@case("ANY-001")
def test_imports(dag_file: DagFile) -> None:
    """
    A DAG file imports.

    If this fails: the file raises, reaches for the network or a missing package, hangs, or ends the process while
    Airflow reads it.
    """
    assert dag_file.error is None, dag_file.error.message


@case("ANY-002")
def test_succeeds_when_every_task_does(any_dag: AnyDag, simulate: Simulate) -> None:
    """
    When every task succeeds, the run ends `success` and no task is left unfinished.

    If this fails: a task waits for something that cannot happen (its dates, its trigger rule), or fails by what
    surrounds its code.
    """
    run = simulate(any_dag.dag)

    assert run.end == "finished", run.explain()
    assert run.state == "success", run.explain()
    assert run.unfinished == [], run.explain()
