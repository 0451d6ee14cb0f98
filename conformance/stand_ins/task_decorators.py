"""Decorators such as `@task.kubernetes`, which Airflow knows from a provider, where that is not installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, signature
from types import MappingProxyType
from typing import Any
from unittest import mock

from conformance.seam.bases import arguments, base, decorator_of_tasks
from conformance.stand_ins.classes import GIVEN, MARK
from conformance.stand_ins.users_code import Note, Users
from conformance.stand_ins.value import Value

_PROVIDERS = {
    "docker": "airflow.providers.docker",
    "kubernetes": "airflow.providers.cncf.kubernetes",
    "kubernetes_cmd": "airflow.providers.cncf.kubernetes",
    "pyspark": "airflow.providers.apache.spark",
}
"""Which have them; of others nobody can say."""


_NAMED = {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}
_GIVES_NOTHING = {"docker", "kubernetes", "kubernetes_cmd"}
"""Which call the function with what the file gives it; others may add what they make, as `pyspark` does a session."""


@contextmanager
def standing_in(users: Users, note: Note) -> Iterator[None]:
    """While inside, `@task.anything` makes tasks of a function, whatever its arguments are."""
    collection = type(base("task"))
    original = collection.__getattr__

    @wraps(original)
    def look_up(self: Any, name: str) -> Any:
        try:
            return original(self, name)
        except AttributeError:
            line = next(users.frames(), None)
            if name.startswith("_") or line is None:
                raise
            note("package" if name in _PROVIDERS else "task decorator", _PROVIDERS.get(name, f"task.{name}"), line)
            return _decorator(name)

    with mock.patch.object(collection, "__getattr__", look_up):
        yield


def _decorator(name: str) -> Callable[..., Any]:
    made = _operator(name)

    def decorator(wrapped: Callable[..., Any] | None = None, **given: Any) -> Any:
        return decorator_of_tasks(wrapped, made, given)

    return decorator


def _operator(name: str) -> Any:
    known = arguments("BaseOperator") | arguments("PythonOperator") | {"multiple_outputs", "default_args"}

    def __init__(self: Any, **given: Any) -> None:
        usable = {key: value for key, value in given.items() if key in known and not isinstance(value, Value)}
        if name not in _GIVES_NOTHING:
            usable["op_kwargs"] = {**_lacking(**usable), **usable.get("op_kwargs", {})}
        super(made, self).__init__(**usable)
        object.__setattr__(self, GIVEN, frozenset(given))

    body = {"__init__": __init__, "custom_operator_name": f"@task.{name}", MARK: f"task.{name}"}
    parent = base("_PythonDecoratedOperator")
    made: Any = type(parent)(f"_{name.title()}DecoratedOperator", (parent,), {**body, "__module__": __name__})
    return made


def _lacking(
    python_callable: Any, op_args: Any = (), op_kwargs: Any = MappingProxyType({}), **_: Any
) -> dict[str, Any]:
    """The arguments that a function has to be given, and is not."""
    parameters = signature(python_callable).parameters
    given = signature(python_callable).bind_partial(*op_args, **op_kwargs).arguments
    needed = (name for name, one in parameters.items() if one.kind in _NAMED and one.default is one.empty)
    return {name: None for name in needed if name not in given}
