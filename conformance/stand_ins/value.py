"""
A value that nobody knows: in place of a name from a package that is not installed, or of a Variable that nobody gave.

Whatever a DAG file does with it while it is imported succeeds, and gives another such value. It is a text, so that
Airflow can store it, and a text that can be an id: `stand_in_for_acme_config_BUCKET`.
"""

from __future__ import annotations

import dis
import re
import sys
from abc import ABCMeta
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from conformance.stand_ins.users_code import has_metaclass, is_theirs, makes_tasks

_LONGEST = 100
"""Characters of a name that are kept: an id in Airflow has at most 250."""
_SHORT = 40
"""Characters of an argument that may be part of a name."""
_SPREADING = {"DICT_MERGE", "DICT_UPDATE", "CALL_FUNCTION_EX"}


class Value(str):
    """
    Stands in for what is called `name`.

    It can be called, indexed, iterated (it has one example item), unpacked, compared (it is equal to itself alone),
    formatted, used as number, path, base class, decorator and context manager. As an operand of `>>` it is nothing.
    """

    member: Callable[[str, str], Any] = staticmethod(lambda name, attribute: Value(f"{name}.{attribute}"))
    """What an attribute is, given the name of the value and its own: by its own it may be a class."""
    maybe_task: Callable[[str, dict[str, Any]], Any]
    """What is made by what may be a class of tasks, given its name and the arguments of the task."""
    operator: Callable[[str], type]
    """A class of tasks of this name."""
    roots: Any = ()
    leaves: Any = ()

    def __new__(cls, name: str) -> Value:
        """One of this name, which may be any text."""
        made = super().__new__(cls, "stand_in_for_" + re.sub(r"\W+", "_", name)[-_LONGEST:].strip("_"))
        vars(made)["_name"] = name
        return made

    def __reduce__(self) -> Any:
        return Value, (self._name,)

    def __deepcopy__(self, memo: object) -> Value:
        """Itself: nothing in it changes."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Value.member(self._name, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """A value; of a single function, or what a decorator made of one, just that, for it decorates it."""
        if len(args) == 1 and not kwargs and callable(args[0]) and not isinstance(args[0], Value):
            return args[0]  # it is used as a decorator
        if "task_id" in kwargs:
            return Value.maybe_task(self._name, kwargs)
        return Value(".".join((self._name, *_short(args))))

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """The class that a class of the file is derived from, when it names this as one of its `bases`."""
        if next(base for base in bases if isinstance(base, Value)) is not self:
            return ()  # one of them is enough, and Python takes no base twice
        frame = sys._getframe(1)
        if len(bases) == 1 and makes_tasks(frame.f_code.co_filename, frame.f_lineno):
            return (Value.operator(self._name),)
        alone = all(issubclass(_UnknownType, type(base)) for base in bases if isinstance(base, type))
        names_metaclass = has_metaclass(frame.f_code.co_filename, frame.f_lineno)
        return (Unknown if alone and not names_metaclass else UnknownAmongOthers,)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, UnknownAmongOthers)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, UnknownAmongOthers)

    # --- as a container ---

    def __getitem__(self, key: Any) -> Any:
        return Value(f"{self._name}.{key}" if isinstance(key, str) else self._name)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __delitem__(self, key: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return self._items_for(sys._getframe(1))

    def _items_for(self, frame: FrameType) -> Iterator[Any]:
        return iter([Value(self._name)] * _wanted_by(frame))

    def __len__(self) -> int:
        return 1

    def __contains__(self, item: object) -> bool:
        return False

    def keys(self) -> Any:
        """As of a mapping; `f(**value)` gives no argument, since none is known that `f` would take."""
        return () if _instruction(sys._getframe(1))[0] in _SPREADING else Value(self._name)

    def get(self, key: Any, default: Any = None) -> Any:
        """As of a mapping: the default that the file gives says best what it expects."""
        return self[key] if default is None else default

    # --- as a number, a path, a set ---

    def __int__(self) -> int:
        return 1

    def __index__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0

    def __format__(self, spec: str) -> str:
        try:
            return super().__format__(spec)
        except ValueError:  # as of a number or a date
            return str(self)

    def __enter__(self) -> Any:
        return Value(self._name)

    def __exit__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> Any:
        return Value(self._name)

    async def __aexit__(self, *_: object) -> None:
        pass

    def __lt__(self, other: object) -> bool:
        return False

    def __le__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return False

    def __ge__(self, other: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _short(args: tuple[Any, ...]) -> tuple[str, ...]:
    """The arguments that are like a name: what a function gives for one is not what it gives for another."""
    return tuple(str(each) for each in args if isinstance(each, str | int) and len(str(each)) <= _SHORT)


def _unchanged(self: Value, *_: object) -> Value:
    return Value(self._name)


def _before(self: Value, other: Any) -> Any:
    return str.__add__(self, other) if isinstance(other, str) else Value(self._name)


def _after(self: Value, other: Any) -> Any:
    return other + str(self) if isinstance(other, str) else Value(self._name)


for _operator in ("sub", "mul", "truediv", "floordiv", "pow", "and", "or", "xor"):
    setattr(Value, f"__{_operator}__", _unchanged)
    setattr(Value, f"__r{_operator}__", _unchanged)
for _operator in ("mod", "neg", "pos", "abs", "invert", "round"):
    setattr(Value, f"__{_operator}__", _unchanged)
for _operator, _function in (("add", _before), ("radd", _after)):
    setattr(Value, f"__{_operator}__", _function)
for _operator in ("rshift", "lshift"):  # `value >> task` is the task, `[task] >> value` nothing that has tasks
    setattr(Value, f"__{_operator}__", lambda _self, other: other)
    setattr(Value, f"__r{_operator}__", lambda self, _other: self)


class UnknownAmongOthers:
    """What a class of the file is derived from, in place of a class that nobody knows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        order = type(self).__mro__
        if order[order.index(UnknownAmongOthers) + 1] is object:
            vars(self).update(kwargs)
        else:  # what else the class is derived from
            super().__init__(*args, **kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """What a class says of itself in its first line means something to the class that is missing only."""

    def __getattr__(self, name: str) -> Any:
        # Airflow, too, asks its operators for what they may have, and goes on if they have not.
        if name.startswith("_") or not is_theirs(sys._getframe(1)):
            raise AttributeError(name)
        return Value(f"{type(self).__name__}.{name}")


# Airflow 3 looks at what its own wrapper around the constructor of an operator wraps.
setattr(UnknownAmongOthers.__init__, "__wrapped__", lambda self, *args, **kwargs: None)  # noqa: B010


class _UnknownType(ABCMeta):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Value(f"{cls.__name__}.{name}")


class Unknown(UnknownAmongOthers, metaclass=_UnknownType):
    """
    The same, if no other base has a metaclass of its own: what the class lacks is such a value, too.

    Among tasks it is nothing, as a value is.
    """

    roots: tuple[()] = ()
    leaves: tuple[()] = ()

    def update_relative(self, *_: Any, **__: Any) -> None:
        """A task is put before it, or behind it."""

    def __rshift__(self, other: Any) -> Any:
        return other

    def __lshift__(self, other: Any) -> Any:
        return other

    def __rrshift__(self, other: Any) -> Any:
        return self

    def __rlshift__(self, other: Any) -> Any:
        return self


def _wanted_by(frame: FrameType) -> int:
    """How many items `a, b = value` takes; anything else gets one example."""
    name, argument = _instruction(frame)
    if name == "UNPACK_SEQUENCE":
        return argument
    return (argument & 0xFF) + (argument >> 8) if name == "UNPACK_EX" else 1


def _instruction(frame: FrameType) -> tuple[str, int]:
    """What a frame is about to do."""
    code = frame.f_code.co_code
    return dis.opname[code[frame.f_lasti]], code[frame.f_lasti + 1]
