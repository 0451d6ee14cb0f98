"""
Third party packages: a task runs where packages are installed that Airflow does not have.

Reference DAG: dags/third_party_packages.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import ISOLATED, directly_upstream_of
from conformance.simulator import Simulate, for_real, lacks


@dataclass(frozen=True, kw_only=True, repr=False)
class ThirdPartyPackages(Claim):
    """One task that runs in another Python environment. Its own code runs, and that of its inputs."""

    pattern = "third-party-packages"
    roles = ("task", "inputs", "sibling")
    shapes: ClassVar = {"task": (ISOLATED,), "inputs": (directly_upstream_of("task"),)}

    task: str
    """The isolated task."""
    inputs: tuple[str, ...] = ()
    """The tasks whose results are its arguments."""
    result: str = UNSAID
    """What it returns, as Python writes it."""
    package: str = UNSAID
    """The name by which it imports a package of its environment."""
    sibling: str = UNSAID
    """A task that neither needs the package nor waits for the isolated task."""


@case("THIRD-001", needs=("result",))
def test_arguments_and_result_cross_the_boundary(third_party_packages: ThirdPartyPackages, simulate: Simulate) -> None:
    """
    An isolated task gets the results of other tasks as arguments, and what it returns is its XCom.

    If this fails: the function uses something from outside of its body, such as an import at the top of the file.
    """
    task = third_party_packages.task
    run = simulate(third_party_packages.dag, *map(for_real, third_party_packages.inputs), for_real(task))

    for _, map_index in run.instances(task):
        assert repr(run.xcom(task, map_index=map_index)) == third_party_packages.result, run.explain(task)


@case("THIRD-002", needs=("package", "sibling"))
def test_a_missing_package_fails_one_task(third_party_packages: ThirdPartyPackages, simulate: Simulate) -> None:
    """
    When the environment of an isolated task lacks a package, that task fails, and the tasks beside it do not care.

    If this fails: the function carries on without the package, or the sibling waits for it.
    """
    task, sibling = third_party_packages.task, third_party_packages.sibling
    run = simulate(
        third_party_packages.dag, *map(for_real, third_party_packages.inputs), lacks(task, third_party_packages.package)
    )

    assert run.state_of(task) == "failed", run.explain(task)
    assert run.state_of(sibling) == "success", run.explain(sibling)


@case("THIRD-003", needs=("package",))
def test_the_reason_names_the_missing_package(third_party_packages: ThirdPartyPackages, simulate: Simulate) -> None:
    """
    When the environment of an isolated task lacks a package, the error of the task names the package.

    If this fails: the function catches the `ImportError` and raises something that says less.
    """
    task = third_party_packages.task
    run = simulate(
        third_party_packages.dag, *map(for_real, third_party_packages.inputs), lacks(task, third_party_packages.package)
    )

    for key in run.instances(task):
        assert f"No module named '{third_party_packages.package}" in run.errors.get(key, ""), run.explain(task)
