"""
Params: values that somebody may give a run, and what they have to be.

Reference DAG: dags/params.py
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.simulator import Simulate, Simulator, receive


@dataclass(frozen=True, kw_only=True, repr=False)
class Params(Claim):
    """A run of the DAG takes values, which have to fit what its params say."""

    pattern = "params"
    roles = ("task",)

    task: str = UNSAID
    """A task that takes a param as an argument, by a template."""
    default: str = UNSAID
    """What it gets if nobody gives a value."""
    conf: str = UNSAID
    """The conf of a run that gives another value, as JSON: '{"rows": 5}'."""
    gets: str = UNSAID
    """What the task gets in that run."""
    refuses: str = UNSAID
    """A conf with a value that does not fit, as JSON."""
    required: bool = False
    """Whether a param has no default, so that no run is created without a value."""


@case("PARAM-001", needs=("task", "default"))
def test_without_a_value_the_default_counts(params: Params, simulate: Simulate) -> None:
    """
    A run for which nobody gives a value has the default of the param.

    If this fails: the param has another default, or the task does not take it.
    """
    run = simulate(params.dag, receive(params.task))

    assert params.default in run.arguments(params.task), f"{run.arguments(params.task)}\n{run.explain(params.task)}"


@case("PARAM-002", needs=("task", "conf", "gets"))
def test_a_given_value_counts(params: Params, simulate: Simulate) -> None:
    """
    A value in the conf of a run takes the place of the default.

    If this fails: the conf names the param otherwise, or the task does not take it.
    """
    run = simulate(params.dag, receive(params.task), conf=json.loads(params.conf))

    assert params.gets in run.arguments(params.task), f"{run.arguments(params.task)}\n{run.explain(params.task)}"


@case("PARAM-003", needs=("refuses",))
def test_what_does_not_fit_is_refused(params: Params, simulate: Simulator) -> None:
    """
    A value that does not fit the schema of its param keeps the run from being created.

    If this fails: the param has no schema, or one that the value fits.
    """
    assert simulate.refused(params.dag, json.loads(params.refuses)), "the run is created"


@case("PARAM-004", needs=("required",))
def test_what_has_no_default_has_to_be_given(params: Params, simulate: Simulator) -> None:
    """
    A run without a value for a param that has no default is not created.

    If this fails: the param has a default.
    """
    assert simulate.refused(params.dag, {}), "the run is created"


@case("PARAM-005", needs=("conf",))
def test_what_fits_is_taken(params: Params, simulate: Simulator) -> None:
    """
    With values that fit, the run is created, whether or not there are defaults.

    If this fails: a value does not fit the schema of its param, or another one has no default.
    """
    refused = simulate.refused(params.dag, json.loads(params.conf))

    assert not refused, refused
