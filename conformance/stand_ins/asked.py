"""What a DAG file asks for while it is imported, and nobody gave: Variables, Connections, the environment, files."""

from __future__ import annotations

import ast
import builtins
import io
import json
import os
import sys
from collections.abc import Iterator
from configparser import NoOptionError, NoSectionError
from configparser import RawConfigParser as ConfigParser
from contextlib import ExitStack, contextmanager
from functools import cache, partial, wraps
from importlib import import_module
from importlib.util import find_spec
from inspect import getfile
from types import FrameType
from typing import Any
from unittest import mock

from conformance.seam.bases import base, each
from conformance.stand_ins.constructors import bearing_values
from conformance.stand_ins.dates import bearing_dates, module_of_dates
from conformance.stand_ins.users_code import Note, Users, is_prepared
from conformance.stand_ins.value import Value

_KEY = frozenset(
    {"KeyError", "LookupError", "Exception", "BaseException", "AirflowException", "AirflowNotFoundException"}
)
_FILE = frozenset({"FileNotFoundError", "OSError", "IOError", "Exception", "BaseException"})
_MISSING = "_stands_in_for"
"""The attribute of a parser of settings: the file that is not there."""


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
            for name in "listdir", "scandir":
                replace(os, name, self._listed(getattr(os, name)))
            replace(ConfigParser, "read", self._read_settings(ConfigParser.read))
            replace(ConfigParser, "get", _setting(ConfigParser.get))
            replace(ConfigParser, "__getitem__", _setting(ConfigParser.__getitem__))
            settings = type(base("conf"))
            replace(settings, "get", self._configuration(settings.get))
            replace(builtins, "__import__", self._import(builtins.__import__))
            for module, name, made in bearing_dates():
                replace(module, name, made)
            for module, name in _readers():
                replace(module, name, _reads(getattr(module, name)))
            for owner, name, made in bearing_values():
                replace(owner, name, made)
            yield

    def _line(self, errors: frozenset[str]) -> FrameType | None:
        """The innermost line of the user's, if no line of his is prepared for an error."""
        frames = list(self._users.frames())
        if not frames or (not self._whatever and any(is_prepared(frame, errors) for frame in frames)):
            return None
        return frames[0]

    def _is_called_by_the_user(self) -> bool:
        """Whether the function that asks this was called in a line of the user's, and not by a library."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename in _on_the_way():
            frame = frame.f_back
        return frame is not None and self._users.owns(frame.f_code.co_filename)

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

    def _configuration(self, original: Any) -> Any:
        @wraps(original)
        def get(settings: Any, section: str, key: str, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(settings, section, key, *args, **kwargs)
            except Exception:  # each Airflow raises another one for what is not there
                if not self._is_called_by_the_user() or (line := self._line(_KEY)) is None:
                    raise
                self._note("setting", f"{section}.{key}", line)
                return Value(f"{section}_{key}")

        return get

    def _read_settings(self, original: Any) -> Any:
        @wraps(original)
        def read(parser: Any, filenames: Any, *args: Any, **kwargs: Any) -> Any:
            found = original(parser, filenames, *args, **kwargs)
            names = [filenames] if isinstance(filenames, (str, bytes, os.PathLike)) else filenames
            for name in map(os.fsdecode, names) if not found and self._is_called_by_the_user() else ():
                vars(parser)[_MISSING] = os.path.basename(name)
                self._note("file", os.path.basename(name), next(self._users.frames()))
            return found

        return read

    def _listed(self, original: Any) -> Any:
        @wraps(original)
        def listed(folder: Any = ".") -> Any:
            try:
                return original(str(folder) if isinstance(folder, Value) else folder)
            except (FileNotFoundError, NotADirectoryError):
                line = self._line(_FILE)
                if line is None or not self._users.owns(_opener().f_code.co_filename):
                    raise
                name = os.path.basename(os.path.normpath(os.fspath(folder)))
                self._note("folder", name, line)
                return Value(name)

        return listed

    def _import(self, original: Any) -> Any:
        dates = module_of_dates()

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


@cache
def _on_the_way() -> frozenset[str]:
    """Files of which a function that asks is called by another one of them."""
    return frozenset((__file__, *map(getfile, type(base("conf")).__mro__[:-1])))


def _opener() -> FrameType:
    """Who opens a file: not `pathlib`, which does it for others."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_back is not None and "pathlib" in frame.f_code.co_filename:
        frame = frame.f_back
    assert frame is not None
    return frame


def _readers() -> list[tuple[Any, str]]:
    """What makes data of a text: of a text that nobody knows, data that nobody knows."""
    yaml = import_module("yaml")
    toml = [import_module("tomllib")] if find_spec("tomllib") else []  # from Python 3.11 on
    texts = [(module, name) for module in toml for name in ("load", "loads")]
    texts += [(yaml, name) for name in ("load", "safe_load", "full_load")]
    return [(json, "loads"), (ast, "literal_eval"), *texts]


def _reads(original: Any) -> Any:
    @wraps(original)
    def read(text: Any, *args: Any, **kwargs: Any) -> Any:
        return text if isinstance(text, Value) else original(text, *args, **kwargs)

    return read


def _setting(original: Any) -> Any:
    """A look into settings; where a file of them is missing, what is not there is a value."""

    @wraps(original)
    def look_up(self: Any, *names: Any, **options: Any) -> Any:
        try:
            return original(self, *names, **options)
        except (KeyError, NoSectionError, NoOptionError):
            if _MISSING not in vars(self):
                raise
            return Value(".".join(map(str, (vars(self)[_MISSING], *names))))

    return look_up


def _method(original: Any, around: Any) -> Any:
    """A method with the same around it as a function has."""

    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return around(partial(original, self))(*args, **kwargs)

    return method
