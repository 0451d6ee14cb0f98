"""
Templates: what a task gets whose arguments speak of the run.

Reference DAG: dags/templates.py
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.simulator import Simulate, SimulatedRun, fail, receive

AT = datetime(2024, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
"""When the run starts that is looked at: of each part of a date it is clear which it is."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Templates(Claim):
    """A task takes arguments that are templates."""

    pattern = "templates"
    roles = ("task", "wrong", "old")
    shapes: ClassVar = {}

    task: str = UNSAID
    """The task."""
    gets: tuple[str, ...] = UNSAID
    """What it gets, in order, in a run by hand that starts at 2024-02-03 04:05:06 UTC."""
    dated: bool = False
    """Whether what it gets tells the day of the run."""
    native: bool = False
    """Whether something that it gets is no text (`render_template_as_native_obj`)."""
    retried: bool = False
    """Whether it is tried again when it fails."""
    wrong: str = UNSAID
    """A task with a template that names what is not there."""
    old: str = UNSAID
    """A task with a template that names what Airflow 3 no longer gives, such as `execution_date` or `prev_ds`."""


def received(claim: Templates, simulate: Simulate, at: datetime = AT) -> tuple[SimulatedRun, list[Any]]:
    """A run by hand, and what the task gets in it."""
    run = simulate(claim.dag, receive(claim.task), at=at)
    return run, run.arguments(claim.task)


@case("TEMPLATE-001", needs=("task", "gets"))
def test_arguments_are_rendered_for_the_run(templates: Templates, simulate: Simulate) -> None:
    """
    A task gets its arguments with what the run is put into their templates, as text.

    If this fails: a template names something else, or its values have types (`render_template_as_native_obj`).
    """
    run, arguments = received(templates, simulate)

    assert arguments == list(templates.gets), f"{arguments}\n{run.explain(templates.task)}"


@case("TEMPLATE-002", needs=("task", "dated"))
def test_each_run_has_its_own(templates: Templates, simulate: Simulate) -> None:
    """
    A run of another day gives its own day, not the day on which the DAG file was read.

    If this fails: the date is computed in the DAG file itself (`datetime.now()`), and not in a template.
    """
    run, arguments = received(templates, simulate)
    _, later = received(templates, simulate, AT + timedelta(days=1))

    assert arguments != later, f"{arguments}\n{run.explain(templates.task)}"


@case("TEMPLATE-003", needs=("task", "native"))
def test_native_values_keep_their_type(templates: Templates, simulate: Simulate) -> None:
    """
    With `render_template_as_native_obj` a template that is nothing but a value gives that value, and no text.

    If this fails: `render_template_as_native_obj` is not set, so each value becomes text.
    """
    run, arguments = received(templates, simulate)

    assert [one for one in arguments if not isinstance(one, str)], f"{arguments}\n{run.explain(templates.task)}"


@case("TEMPLATE-004", needs=("task", "retried"))
def test_a_retry_gets_the_same(templates: Templates, simulate: Simulate) -> None:
    """
    A second try gets what the first one got, however much later it is.

    If this fails: a template asks for the time (`macros.datetime.now()`), or for the number of the try.
    """
    run, arguments = received(templates, simulate)
    again = simulate(templates.dag, receive(templates.task), fail(templates.task, times=1), at=AT)

    assert again.tries(templates.task) == 2, again.explain(templates.task)
    assert again.arguments(templates.task) == arguments, f"{arguments}\n{run.explain(templates.task)}"


@case("TEMPLATE-005", needs=("wrong",))
def test_what_is_not_there_fails_the_task(templates: Templates, simulate: Simulate) -> None:
    """
    A template that names what is not there fails its task before the task does anything.

    If this fails: the DAG lets templates pass that name what is not there (`template_undefined`).
    """
    run = simulate(templates.dag, receive(templates.wrong), at=AT)

    assert run.state_of(templates.wrong) == "failed", run.explain(templates.wrong)
    assert "UndefinedError" in run.error(templates.wrong), run.explain(templates.wrong)


@case("TEMPLATE-006", needs=("old",))
def test_old_names_are_gone(templates: Templates, simulate: Simulate) -> None:
    """
    The names of Airflow 2 that speak of the execution date, or of the days and runs around it, are not there.

    If this fails: the template names something that Airflow still gives.
    """
    run = simulate(templates.dag, receive(templates.old), at=AT)

    assert run.state_of(templates.old) == "failed", run.explain(templates.old)
