"""What a DAG file asks for while it is imported, and nobody gave: Variables, Connections, the environment, files."""

from __future__ import annotations

import ast
import builtins
import datetime
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial, wraps
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any
from unittest import mock

from conformance.seam.bases import arguments, base, each
from conformance.stand_ins.users_code import Note, Users, is_prepared
from conformance.stand_ins.value import Value

_KEY = frozenset(
    {"KeyError", "LookupError", "Exception", "BaseException", "AirflowException", "AirflowNotFoundException"}
)
_FILE = frozenset({"FileNotFoundError", "OSError", "IOError", "Exception", "BaseException"})
_TYPED = {"DAG": {"dag_id", "description"}, "BaseOperator": {"task_id"}, "TaskGroup": {"group_id", "tooltip"}}


class Asked:
    """While in `standing_in`, what is asked for in vain is a `Value`, unless the code says what to do without it."""

    def __init__(self, users: Users, note: Note, whatever: bool) -> None:
        self._users = users
        self._note = note
        self._whatever = whatever

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        """Replace what can be asked in vain."""
        with ExitStack() as stack:

            def replace(owner: Any, name: str, made: Any) -> None:
                stack.enter_context(mock.patch.object(owner, name, made))

            for owner in each("Variable"):
                replace(owner, "get", self._class_method(owner.get, "Variable"))
            for owner, name in ((base("BaseHook"), "get_connection"), (base("Connection"), "get")):
                if hasattr(owner, name):
                    replace(owner, name, self._class_method(getattr(owner, name), "Connection"))
            replace(type(os.environ), "__getitem__", self._environment(type(os.environ).__getitem__))
            if self._whatever:
                replace(os, "getenv", self._getenv(os.getenv))
                environment: Any = type(os.environ)
                replace(environment, "get", _method(environment.get, self._getenv))
            opened = self._open(builtins.open)
            for module in (builtins, io):
                replace(module, "open", opened)
            replace(builtins, "__import__", self._import(builtins.__import__))
            parser = import_module("_strptime")
            replace(parser, "_strptime_datetime", _date(vars(parser)["_strptime_datetime"]))
            for module, name in _readers():
                replace(module, name, _reads(getattr(module, name)))
            for name, texts in _TYPED.items():
                for owner in each(name) if name == "DAG" else [base(name)]:
                    if "__init__" in vars(owner):  # in 3.0 that of the scheduler has a constructor of its own
                        replace(owner, "__init__", _bears(owner.__init__, arguments(name) - texts))
            yield

    def _line(self, errors: frozenset[str]) -> FrameType | None:
        """The innermost line of the user's, if no line of his is prepared for an error."""
        frames = list(self._users.frames())
        if not frames or (not self._whatever and any(is_prepared(frame, errors) for frame in frames)):
            return None
        return frames[0]

    def _is_called_by_the_user(self) -> bool:
        """Whether the function that asks this was called in a line of the user's, and not by a library."""
        return self._users.owns(sys._getframe(2).f_code.co_filename)

    def _class_method(self, original: Any, kind: str) -> classmethod[Any, Any, Any]:
        def get(cls: Any, key: str, *args: Any, **kwargs: Any) -> Any:
            try:
                found = original(key, *args, **kwargs)
                if found or not self._whatever or (line := self._line(_KEY)) is None:
                    return found
            except Exception:  # each Airflow raises another one for what is not there
                given = [*args[:1], *(kwargs[name] for name in ("default", "default_var") if name in kwargs)]
                if given and (given[0] or not self._whatever):
                    return given[0]
                if (line := self._line(_KEY)) is None:
                    raise
            self._note(kind, str(key), line)
            return Value(f"{kind.lower()}_{key}")

        return classmethod(get)

    def _environment(self, original: Any) -> Any:
        @wraps(original)
        def look_up(environment: Any, name: str) -> Any:
            try:
                return original(environment, name)
            except KeyError:
                if not self._is_called_by_the_user() or (line := self._line(_KEY)) is None:
                    raise
                self._note("environment variable", name, line)
                return Value(name)

        return look_up

    def _getenv(self, original: Any) -> Any:
        @wraps(original)
        def getenv(name: str, default: Any = None) -> Any:
            found = original(name, default)
            if found is None and self._is_called_by_the_user() and (line := self._line(_KEY)) is not None:
                self._note("environment variable", name, line)
                return Value(name)
            return found

        return getenv

    def _import(self, original: Any) -> Any:
        dates = ModuleType("datetime")
        vars(dates).update({**vars(datetime), "timedelta": Timedelta})

        @wraps(original)
        def imported(name: str, globals: Any = None, *args: Any, **kwargs: Any) -> Any:
            # For the user's own code alone: a library may need the class itself.
            if name == "datetime" and globals and self._users.owns(globals.get("__file__") or ""):
                return dates
            return original(name, globals, *args, **kwargs)

        return imported

    def _open(self, original: Any) -> Any:
        @wraps(original)
        def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            file = str(file) if isinstance(file, Value) else file  # which is a number, too
            try:
                return original(file, mode, *args, **kwargs)
            except (FileNotFoundError, NotADirectoryError):
                line = self._line(_FILE)
                if line is None or set(mode) & set("wax+") or not self._users.owns(_opener().f_code.co_filename):
                    raise
                self._note("file", os.path.basename(os.fspath(file)), line)
                return Value(os.path.basename(os.fspath(file)))

        return opened


def _opener() -> FrameType:
    """Who opens a file: not `pathlib`, which does it for others."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_back is not None and "pathlib" in frame.f_code.co_filename:
        frame = frame.f_back
    assert frame is not None
    return frame


class _Timedelta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, timedelta)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, timedelta)


class Timedelta(timedelta, metaclass=_Timedelta):
    """In place of `datetime.timedelta`, which takes nothing but numbers; it makes those of Python."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A duration in which a value that nobody knows is 1."""
        known = {key: _number(value) for key, value in kwargs.items()}
        return timedelta(*map(_number, args), **known)


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Value) else value


def _date(original: Any) -> Any:
    @wraps(original)
    def date(cls: Any, text: Any, *formats: Any) -> Any:
        return cls(2024, 1, 1) if isinstance(text, Value) else original(cls, text, *formats)

    return date


def _readers() -> list[tuple[Any, str]]:
    """What makes data of a text: of a text that nobody knows, data that nobody knows."""
    yaml = import_module("yaml")
    return [(json, "loads"), (ast, "literal_eval"), *((yaml, name) for name in ("load", "safe_load", "full_load"))]


def _reads(original: Any) -> Any:
    @wraps(original)
    def read(text: Any, *args: Any, **kwargs: Any) -> Any:
        return text if isinstance(text, Value) else original(text, *args, **kwargs)

    return read


def _bears(original: Any, typed: frozenset[str]) -> Any:
    """A constructor for which an argument that nobody knows was not given."""

    @wraps(original)
    def __init__(self: Any, *args: Any, **given: Any) -> None:
        known = {key: value for key, value in given.items() if key not in typed or not isinstance(value, Value)}
        # An id is looked up later, by its text.
        known.update({key: str(value) for key, value in known.items() if isinstance(value, Value)})
        args = tuple(str(value) if isinstance(value, Value) else value for value in args)
        if isinstance(known.get("default_args"), dict):
            known["default_args"] = {k: v for k, v in known["default_args"].items() if not isinstance(v, Value)}
        original(self, *args, **known)

    return __init__


def _method(original: Any, around: Any) -> Any:
    """A method with the same around it as a function has."""

    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return around(partial(original, self))(*args, **kwargs)

    return method
