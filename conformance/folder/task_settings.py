"""What the settings of a task say of its tries and of its waiting: plain data, times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from inspect import Parameter, signature, unwrap
from math import prod
from typing import Any

from conformance.folder import own_timeout, watchers
from conformance.seam.before_simulation import expansion

_STEPS = ("on_retry_callback", "on_failure_callback", "on_success_callback")


@dataclass(frozen=True)
class Trying:
    """
    How a task is tried again.

    `factor` is how many times longer each wait is than the one before it, 1 if all are alike; `notifies` says that
    there are callbacks for retry, failure and success, and no other.
    """

    delay: float
    factor: float
    longest: float | None
    timeout: float | None
    notifies: bool


@dataclass(frozen=True)
class Waiting:
    """
    How often a sensor pokes; `longest` is the longest wait between two pokes, if they grow. One that
    defers `hands_on` its timeout if its own code says so.
    """

    mode: str
    interval: float
    timeout: float
    soft: bool
    forgives: bool
    silent: bool
    grows: bool
    longest: float | None
    hands_on: bool = False


def trying(task: Any) -> Trying | None:
    """How Airflow's `task` is tried; None if a policy decides on each retry anew."""
    if _said(task, "retry_policy"):
        return None
    backoff = _said(task, "retry_exponential_backoff", False)  # a factor from 3.2 on, where True is 2
    callbacks = [name for name in (*_STEPS, "on_execute_callback") if _said(task, name)]
    return Trying(
        delay=_seconds(task.retry_delay) or 0.0,
        factor=2.0 if backoff is True else float(backoff) or 1.0,
        longest=_seconds(task.max_retry_delay),
        timeout=_seconds(task.execution_timeout),
        notifies=callbacks == [*_STEPS],
    )


def waiting(task: Any, operator: type) -> Waiting | None:
    """How the sensor `task` waits; None if each of its mapped instances has settings of its own."""
    ours = ("mode", "poke_interval", "timeout", "soft_fail", "exponential_backoff", "max_wait", "deferrable")
    if any(name in ours for name in _mapped_arguments(task)):
        return None
    return Waiting(
        mode=str(_said(task, "mode", "poke")),
        interval=_seconds(_said(task, "poke_interval", 60.0)) or 0.0,
        timeout=_seconds(_said(task, "timeout", 604_800.0)) or 0.0,
        soft=bool(_said(task, "soft_fail", False)),
        forgives=bool(_said(task, "never_fail", False)),
        silent=bool(_said(task, "silent_fail", False)),
        grows=bool(_said(task, "exponential_backoff", False)),
        longest=_seconds(_said(task, "max_wait")),
        hands_on=own_timeout.hands_on(operator) and not _said(task, "start_from_trigger"),
    )


def defers(task: Any, operator: type) -> bool:
    """Whether a task says that it is deferrable; one that does not say, whether its own `execute` speaks of it."""
    said = _said(task, "deferrable", None if hasattr(task, "execute") else _of_class(operator, "deferrable"))
    code = getattr(unwrap(getattr(operator, "execute", defers)), "__code__", None)
    return bool(said) if said is not None else bool(code and "defer" in code.co_names)


def watches(task: Any, operator: type) -> bool:
    """Whether a task is a watcher: it runs only after a failure, and then always raises an error."""
    return watchers.watches(task, operator, _said(task, "python_callable"))


def is_idle(task: Any) -> bool:
    """Whether no worker runs the task: an EmptyOperator that has nobody to call and nothing to update."""
    calls = ("on_execute_callback", "on_success_callback", "outlets")
    return bool(_said(task, "inherits_from_empty_operator", False)) and not any(_said(task, name) for name in calls)


def instances(task: Any) -> int:
    """How many instances a simulated run has of a task: a result that is mapped over has two items."""
    maps = [_operators_input(task), *(expansion(group) for group in task.iter_mapped_task_groups())]
    return prod(_count(expand.value) for expand in maps if expand is not None)


def is_over_result(task: Any) -> bool:
    """Whether a task is in a task group that is mapped over a result, so that its instances are not known before."""
    return any(not _is_written_out(expansion(group).value) for group in task.iter_mapped_task_groups())


def _is_written_out(mapped_over: Any) -> bool:
    values = mapped_over.values() if isinstance(mapped_over, Mapping) else [mapped_over]
    return all(hasattr(value, "__len__") for value in values)


def _count(mapped_over: Any) -> int:
    if isinstance(mapped_over, Mapping):  # argument by argument, as `expand` has it
        return prod(len(value) if hasattr(value, "__len__") else 2 for value in mapped_over.values())
    return len(mapped_over) if hasattr(mapped_over, "__len__") else 2


def _operators_input(task: Any) -> Any:
    """What a mapped task is mapped over; a decorated one has an `expand_input`, too, but an empty one."""
    return getattr(task, "op_kwargs_expand_input", None) or getattr(task, "expand_input", None)


def _mapped_arguments(task: Any) -> Mapping[str, Any]:
    value = getattr(_operators_input(task), "value", {})
    return value if isinstance(value, Mapping) else {}


def _said(task: Any, name: str, default: Any = None) -> Any:
    """A setting of a task; a mapped one has most of its settings in the arguments that all instances share."""
    shared = getattr(task, "partial_kwargs", {})
    return getattr(task, name, shared.get(name, default))


def _of_class(operator: type, name: str) -> Any:
    """What an operator has where nobody says anything: an attribute of its class, or the default of an argument."""
    inits = (vars(kind)["__init__"] for kind in operator.__mro__ if "__init__" in vars(kind))
    defaults = (signature(init).parameters[name].default for init in inits if name in signature(init).parameters)
    return getattr(operator, name, next((value for value in defaults if value is not Parameter.empty), None))


def _seconds(value: Any) -> float | None:
    return value.total_seconds() if isinstance(value, timedelta) else None if value is None else float(value)
