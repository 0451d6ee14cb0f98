"""Classes that stand in for those of a package that is not installed: what Airflow's conventions say of their names."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from conformance.seam.bases import arguments, base
from conformance.stand_ins.maybe_task import MaybeTask
from conformance.stand_ins.users_code import is_theirs
from conformance.stand_ins.value import Value

MARK = "_stands_in_for"
"""The attribute of a class that stands in, or is derived from one: the name of the class that is missing."""
_AIRFLOWS = ("airflow.providers.", "task.")
GIVEN = "_given_to_stand_in"
"""The attribute of a task: the arguments it was given by name."""


def stand_in(module: str, name: str) -> Any:
    """What stands in for `name` of `module`: a class where the name says which kind, else a value."""
    make = next((make for pattern, make in _KINDS if re.search(pattern, name)), None)
    return make(module, name) if make else Value(f"{module}.{name}")


def is_stand_in(kind: type) -> bool:
    """Whether a class stands in for another, or is derived from one that does."""
    return hasattr(kind, MARK)


def stands_in_for(kind: type) -> str:
    """The class that is missing, in whose place `kind` is, or is derived from what is; else an empty text."""
    return str(getattr(kind, MARK, ""))


def assumes(task: Any, kind: type) -> tuple[str, ...]:
    """
    The settings of a task of this class that the class that is missing may have of itself.

    Those of Airflow's providers have none: no operator of the 99 that there are sets one of them (November 2026).
    """
    if not is_stand_in(kind) or stands_in_for(kind).startswith(_AIRFLOWS):
        return ()
    defaults = {**((task.dag.default_args if task.dag else None) or {})}
    given = {*defaults, *getattr(task, GIVEN, getattr(task, "partial_kwargs", {}))}
    return tuple(name for name in ("trigger_rule", "retries") if name not in given)


def _operator(parent: str, **parts: Any) -> Callable[[str, str], Any]:
    def make(module: str, name: str) -> Any:
        def __init__(self: Any, **given: Any) -> None:
            # A mapped argument, or one of default_args, may be a value, too; then the default stands.
            known = {
                key: value for key, value in given.items() if key in _of_a_task(parent) and not _unknown(key, value)
            }
            super(made, self).__init__(**{**required, **known})
            object.__setattr__(self, GIVEN, frozenset(given))
            for key, value in given.items():
                if key not in _of_a_task(parent):
                    base("XComArg").apply_upstream_relationship(self, value)
                    if key == "deferrable" or not hasattr(self, key):
                        setattr(self, key, value)

        def __getattr__(self: Any, key: str) -> Any:
            if key in [*type(self).template_fields]:
                return None  # a field that nobody gave
            if not key.startswith("__") and is_theirs(sys._getframe(1)):
                return Value(f"{type(self).__name__}.{key}")  # of the class that is missing
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {key!r}")

        required = {"python_callable": _nothing} if parent == "ShortCircuitOperator" else {}
        body = {"__init__": __init__, "__getattr__": __getattr__, "template_fields": _AnyField()}
        if parent == "BaseOperator":
            body["execute"] = _execute
        made = _class(parent, module, name, **{**body, **parts})
        return made

    return make


class _AnyField(tuple[str, ...]):
    """The template fields of a class that nobody knows: none, and any that is given may be one of them."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return name not in arguments("BaseOperator")


def _of_a_task(parent: str) -> frozenset[str]:
    return arguments("BaseOperator") | arguments(parent) | {"default_args"}


def _unknown(key: str, value: Any) -> bool:
    return isinstance(value, Value) and key != "task_id"


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _execute(self: Any, context: Any) -> Any:
    """Nobody knows what it does: a rehearsal replaces this."""


def _wait(self: Any, context: Any) -> Any:
    """As sensors do that can be deferred."""
    if not getattr(self, "deferrable", False):
        return base("BaseSensorOperator").execute(self, context)
    trigger = stand_in(type(self).__module__, f"{type(self).__name__}Trigger")
    self.defer(trigger=trigger(), method_name="execute_complete", timeout=timedelta(seconds=self.timeout))


def _found(self: Any, context: Any) -> bool:
    return True


def _complete(self: Any, context: Any, event: Any = None) -> Any:
    """What the trigger found is in `event`."""


def _trigger(module: str, name: str) -> Any:
    def __init__(self: Any, *args: Any, **given: Any) -> None:
        self.given = given

    def serialize(self: Any) -> tuple[str, dict[str, Any]]:
        return f"{module}.{name}", self.given

    async def run(self: Any) -> Any:
        return
        yield

    return _class("BaseTrigger", module, name, __init__=__init__, serialize=serialize, run=run)


def _plain(parent: str, **parts: Any) -> Callable[[str, str], Any]:
    def make(module: str, name: str) -> Any:
        def __init__(self: Any, *args: Any, **given: Any) -> None:
            vars(self).update(given)

        def __getattr__(self: Any, key: str) -> Any:
            if key.startswith("__"):
                raise AttributeError(key)
            return Value(f"{name}.{key}")

        return _class(parent, module, name, **{"__init__": __init__, "__getattr__": __getattr__, **parts})

    return make


def _group(parent: str) -> Callable[[str, str], Any]:
    """A group or a DAG that makes its tasks itself: one task says that there are some."""

    def make(module: str, name: str) -> Any:
        def __init__(self: Any, *args: Any, **given: Any) -> None:
            id_name = "dag_id" if parent == "DAG" else "group_id"
            known = {key: v for key, v in given.items() if key in arguments(parent) and not isinstance(v, Value)}
            known.setdefault(id_name, str(args[0]) if args else str(Value(f"{module}.{name}")))
            base(parent).__init__(self, **known)
            owner = {"dag": self} if parent == "DAG" else {"task_group": self, "dag": self.dag}
            stand_in(module, f"{name}Operator")(task_id="inside", **owner)

        return _class(parent, module, name, __init__=__init__)

    return make


def _class(parent: str, module: str, name: str, **parts: Any) -> Any:
    kind = base(parent)
    return type(kind)(name, (kind,), {**parts, MARK: f"{module}.{name}", "__module__": module})


def _exception(module: str, name: str) -> Any:
    return type(name, (Exception,), {MARK: f"{module}.{name}", "__module__": module})


def _unnamed(name: str) -> Any:
    """A class of tasks that does not say so in its name, of a module or not."""
    module, _, own = name.rpartition(".")
    return _operator("BaseOperator")(module, own)


_branch = _operator("BaseBranchOperator", choose_branch=_nothing)

_KINDS: tuple[tuple[str, Callable[[str, str], Any]], ...] = (
    (r"(Error|Exception|NotFound)$", _exception),
    (r"^Branch\w*Operator(Async)?$|BranchOperator(Async)?$", _branch),
    (r"^SageMakerConditionOperator$", _branch),  # the only one of Airflow's providers that does not say so in its name
    (r"ShortCircuit\w*Operator(Async)?$", _operator("ShortCircuitOperator")),
    (
        r"Sensor(Operator)?(Async)?$",
        _operator("BaseSensorOperator", poke=_found, deferrable=False, execute=_wait, execute_complete=_complete),
    ),
    (r"Operator(Async)?$", _operator("BaseOperator")),
    (r"Trigger$", _trigger),
    (r"Hook(Async)?$", _plain("BaseHook")),
    (r"Notifier$", _plain("BaseNotifier", notify=lambda self, context: None)),
    (r"Link$", _plain("BaseOperatorLink", get_link=lambda self, *_, **__: "")),
    (r"TaskGroup$", _group("TaskGroup")),
    (r"D[Aa][Gg]$", _group("DAG")),
)

Value.member = staticmethod(stand_in)
Value.operator = staticmethod(_unnamed)
Value.maybe_task = staticmethod(MaybeTask)
