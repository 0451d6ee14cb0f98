"""Every Airflow: the base classes of what a DAG file is made of, and what of it has to bear what nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from importlib import import_module
from inspect import signature
from typing import Any
from unittest import mock

_PLACES: dict[str, tuple[str, ...]] = {
    "BaseOperator": ("airflow.sdk", "airflow.models.baseoperator"),
    "BaseSensorOperator": ("airflow.sdk", "airflow.sensors.base"),
    "BaseBranchOperator": ("airflow.providers.standard.operators.branch", "airflow.operators.branch"),
    "ShortCircuitOperator": ("airflow.providers.standard.operators.python", "airflow.operators.python"),
    "BaseTrigger": ("airflow.triggers.base",),
    "BaseHook": ("airflow.sdk", "airflow.hooks.base"),
    "BaseNotifier": ("airflow.sdk", "airflow.notifications.basenotifier"),
    "BaseOperatorLink": ("airflow.sdk", "airflow.models.baseoperatorlink", "airflow.models.baseoperator"),
    "TaskGroup": ("airflow.sdk", "airflow.utils.task_group"),
    "DAG": ("airflow.sdk", "airflow.models.dag"),
    "Variable": ("airflow.sdk", "airflow.models.variable"),
    "Connection": ("airflow.sdk", "airflow.models.connection"),
    "XComArg": ("airflow.sdk", "airflow.models.xcom_arg"),
    "conf": ("airflow.configuration",),
    "task": ("airflow.sdk", "airflow.decorators"),
    "task_decorator_factory": ("airflow.sdk.bases.decorator", "airflow.decorators.base"),
    "_TaskDecorator": ("airflow.sdk.bases.decorator", "airflow.decorators.base"),
    "_PythonDecoratedOperator": ("airflow.providers.standard.decorators.python", "airflow.decorators.python"),
    "PythonOperator": ("airflow.providers.standard.operators.python", "airflow.operators.python"),
}
"""Where each is, the newest line of Airflow first."""


@cache
def base(name: str) -> Any:
    """A class of the installed Airflow by its name, or what makes decorators of tasks."""
    found = next(_found(name), None)
    if found is None:
        raise LookupError(f"this Airflow has no {name}")
    return found


def each(name: str) -> list[Any]:
    """Every class of this name: some versions have another one for the scheduler than for a DAG file."""
    return list(dict.fromkeys(_found(name)))


def _found(name: str) -> Iterator[Any]:
    for module in _PLACES[name]:
        try:
            place = import_module(module)
            if not str(getattr(place, "__file__", "")).startswith("<"):  # a stand-in itself
                yield getattr(place, name)
        except (ImportError, AttributeError):
            continue


@cache
def arguments(name: str) -> frozenset[str]:
    """What the class of this name takes."""
    return frozenset(signature(base(name).__init__).parameters) - {"self", "args", "kwargs"}


def decorator_of_tasks(wrapped: Callable[..., Any] | None, kind: type, given: dict[str, Any]) -> Any:
    """What `@task.name` gives whose tasks are of this class, with the arguments it was `given`."""
    return base("task_decorator_factory")(python_callable=wrapped, decorated_operator_class=kind, **given)


@contextmanager
def anything_mapped(over: Callable[[type], bool]) -> Iterator[None]:
    """While inside, operators of which `over` is true may be mapped with arguments that they do not name."""
    places = [import_module(name) for name in _MAPPING if _has(name, "validate_mapping_kwargs")]
    with ExitStack() as stack:
        for place in places:
            stack.enter_context(mock.patch.object(place, "validate_mapping_kwargs", _lenient(place, over)))
        yield


_MAPPING = (
    "airflow.sdk.definitions.mappedoperator",
    "airflow.sdk.bases.operator",
    "airflow.models.mappedoperator",
    "airflow.models.baseoperator",
    "airflow.decorators.base",
)


def _has(module: str, name: str) -> bool:
    try:
        return hasattr(import_module(module), name)
    except ImportError:
        return False


def _lenient(place: Any, over: Callable[[type], bool]) -> Callable[..., None]:
    validate = place.validate_mapping_kwargs

    @wraps(validate)
    def lenient(op: type, func: str, value: dict[str, Any]) -> None:
        if not over(op):
            validate(op, func, value)

    return lenient
