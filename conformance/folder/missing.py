"""What is missing here, in the words of whoever has to get it."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.stand_ins.standing_in import StandIn

GIVEN_BY = {"Variable": "--variables", "Connection": "--connections", "environment variable": "--env-file"}
_VALUES = (*GIVEN_BY, "file", "task decorator")
_PROVIDERS = "airflow.providers."


def told(stand_ins: Iterable[StandIn]) -> str:
    """Each with what to do about it, and the line that asks for it."""
    return ", ".join(f"{called(one)} ({_advice(one)})" for one in stand_ins)


def called(stand_in: StandIn) -> str:
    """`airflow.providers.google`, or `Variable bucket`."""
    return stand_in.name if stand_in.kind == "package" else f"{stand_in.kind} {stand_in.name}"


def value_kind(name: str) -> str:
    """`Variable` of `Variable bucket`, as `called` has it; an empty text of a package."""
    return next((kind for kind in _VALUES if name.startswith(f"{kind} ")), "")


def distribution(package: str) -> str:
    """What to install for a package of Airflow's providers, by their naming rule; else an empty text."""
    if not package.startswith(_PROVIDERS):
        return ""
    return f"apache-airflow-providers-{package.removeprefix(_PROVIDERS).replace('.', '-')}"


def _advice(stand_in: StandIn) -> str:
    if stand_in.kind in GIVEN_BY:
        return f"{stand_in.place}; give it with {GIVEN_BY[stand_in.kind]} FILE"
    install = f"; pip install {distribution(stand_in.name)}" if distribution(stand_in.name) else ""
    return f"{stand_in.place}{install}"
