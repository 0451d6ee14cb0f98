"""Whether a sensor's own code hands its `timeout` on when it defers, as far as that shows without running it."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import unwrap
from types import CodeType


def hands_on(operator: type) -> bool:
    """Whether every method that defers names `timeout` in the call, and speaks of an attribute of that name."""
    deferring = [code for code in _codes(operator) if "defer" in code.co_names]
    return bool(deferring) and all("timeout" in code.co_names and _names_it(code) for code in deferring)


def _codes(operator: type) -> Iterator[CodeType]:
    """The code of `execute`, and of the methods that it calls."""
    execute = _code(operator, "execute")
    yield from filter(None, (execute, *(_code(operator, name) for name in (execute.co_names if execute else ()))))


def _code(operator: type, method: str) -> CodeType | None:
    return getattr(unwrap(getattr(operator, method, None)), "__code__", None)  # type: ignore[arg-type]


def _names_it(code: CodeType) -> bool:
    """Whether there is a call with `timeout` beside what `defer` cannot do without: constants hold such names."""
    calls = ({*names} for names in code.co_consts if isinstance(names, tuple))
    return any(names >= {"timeout", "trigger", "method_name"} for names in calls)
