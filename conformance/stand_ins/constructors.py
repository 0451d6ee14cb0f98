"""DAGs, groups and tasks of values that nobody knows: what has to be a number, a date or the like was not given."""

from __future__ import annotations

from functools import wraps
from typing import Any

from conformance.seam.bases import arguments, base, each
from conformance.stand_ins.dates import SOME_DAY
from conformance.stand_ins.value import Value

_TYPED = {"DAG": {"dag_id", "description"}, "BaseOperator": {"task_id"}, "TaskGroup": {"group_id", "tooltip"}}
"""What makes them, and which of its arguments may be any text."""


def bearing_values() -> list[tuple[Any, str, Any]]:
    """Where each constructor is, its name, and what is put in its place."""
    made = []
    for name, texts in _TYPED.items():
        owners = each(name) if name == "DAG" else [base(name)]
        owners = [owner for owner in owners if "__init__" in vars(owner)]  # that of 3.0's scheduler has its own
        made += [(owner, "__init__", _constructs(owner.__init__, arguments(name), texts)) for owner in owners]
    of_task, texts = arguments("BaseOperator"), _TYPED["BaseOperator"]
    decorators, operators = base("_TaskDecorator"), type(base("BaseOperator"))
    made.append((decorators, "__attrs_post_init__", _decorates(decorators.__attrs_post_init__, of_task, texts)))
    # In Airflow 2 a class that was imported before has kept the constructor of the class it is derived from.
    made.append((operators, "__call__", _calls(operators.__call__, of_task, texts)))
    return made


def _known(given: dict[str, Any], own: frozenset[str], texts: set[str]) -> dict[str, Any]:
    """The arguments without those of its `own` that nobody knows; ids are looked up later, by their text."""
    given = _begun(given)
    typed = own - texts
    known = {key: value for key, value in given.items() if key not in typed or not isinstance(value, Value)}
    known.update({key: str(value) for key, value in known.items() if key in texts and isinstance(value, Value)})
    if isinstance(known.get("default_args"), dict):
        defaults = _begun(known["default_args"])
        known["default_args"] = {key: value for key, value in defaults.items() if not isinstance(value, Value)}
    return known


def _constructs(original: Any, own: frozenset[str], texts: set[str]) -> Any:
    """A constructor; what it is given by place is an id."""

    @wraps(original)
    def __init__(self: Any, *args: Any, **given: Any) -> None:
        args = tuple(str(value) if isinstance(value, Value) else value for value in args)
        original(self, *args, **_known(given, own, texts))

    return __init__


def _calls(original: Any, own: frozenset[str], texts: set[str]) -> Any:
    """The making of a task of any class: what is an argument of that class alone is given to it as it is."""

    @wraps(original)
    def __call__(cls: Any, *args: Any, **given: Any) -> Any:
        return original(cls, *args, **_known(given, own, texts))

    return __call__


def _decorates(original: Any, own: frozenset[str], texts: set[str]) -> Any:
    """The making of a `@task(…)`."""

    @wraps(original)
    def made(self: Any) -> None:
        known = _known(self.kwargs, own, texts)
        self.kwargs.clear()
        self.kwargs.update(known)
        original(self)

    return made


def _begun(given: dict[str, Any]) -> dict[str, Any]:
    """The same with a date for a `start_date` that nobody knows: up to 2.11 there is no DAG without one."""
    return {**given, "start_date": SOME_DAY} if isinstance(given.get("start_date"), Value) else given
