"""Dataclasses as plain data: built from JSON with every type checked, and described as a JSON Schema."""

from __future__ import annotations

import math
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from inspect import cleandoc
from typing import Any, get_args, get_origin, get_type_hints

_WORDS = {str: "string", bool: "boolean", int: "integer", float: "number"}


def built(kind: Any, value: Any) -> Any:
    """A value of type `kind` from what JSON has of it. Raises ValueError for anything else."""
    if get_origin(kind) is tuple:
        return tuple(built(get_args(kind)[0], item) for item in _a(list, value))
    if get_origin(kind) is dict:
        return {name: built(get_args(kind)[1], item) for name, item in _a(dict, value).items()}
    if isinstance(kind, type) and is_dataclass(kind):
        types = _types(kind)
        unknown = _a(dict, value).keys() - types
        missing = {f.name for f in fields(kind) if f.default is MISSING} - value.keys()
        if unknown or missing:
            raise ValueError(f"{'unknown' if unknown else 'missing'}: {', '.join(sorted(unknown or missing))}")
        return kind(**{name: built(types[name], item) for name, item in value.items()})
    if issubclass(kind, Enum):
        return kind(value)
    return _a(kind, value)


def _a(kind: type, value: Any) -> Any:
    """The value, which has to be of this type; as in JSON, a whole number is a number, and a boolean is none."""
    fits = isinstance(value, (int, float) if kind is float else kind) and isinstance(value, bool) == (kind is bool)
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{value!r} is no {_WORDS.get(kind, kind.__name__)}")
    return value


def described(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a type."""
    if get_origin(kind) is tuple:
        return {"type": "array", "items": described(get_args(kind)[0])}
    if get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": described(get_args(kind)[1])}
    if isinstance(kind, type) and is_dataclass(kind):
        return {
            "description": " ".join(cleandoc(kind.__doc__ or "").split()),
            "type": "object",
            "properties": {name: described(type) for name, type in _types(kind).items()},
            "required": [f.name for f in fields(kind) if f.default is MISSING],
            "additionalProperties": False,
        }
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    return {"type": _WORDS[kind]}


@lru_cache
def _types(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
