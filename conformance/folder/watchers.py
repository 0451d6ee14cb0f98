"""What a task that watches over others looks like: it runs only after a failure, and then always raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from inspect import getsource, unwrap
from textwrap import dedent
from typing import Any

AFTER_A_FAILURE = frozenset(("one_failed", "all_failed"))
"""The rules with which a task runs only if one before it failed."""

NO_FAILURES = frozenset(
    (
        "AirflowSkipException",
        "AirflowRescheduleException",
        "DagRunTriggerException",
        "DownstreamTasksSkipped",
        "TaskDeferred",
    )
)
"""What a task raises to say something other than that it failed."""

_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def watches(task: Any, operator: type, function: Any) -> bool:
    """
    Whether Airflow's `task` is a watcher: its rule is one, and what it does always ends by raising an error.

    What it does is `function` or, if it has none, the `execute` of its `operator`.
    """
    rule = str(getattr(task.trigger_rule, "value", task.trigger_rule))
    return rule in AFTER_A_FAILURE and always_fails(function or getattr(operator, "execute", None))


def always_fails(function: Any) -> bool:
    """Whether a function raises on every path, and never to say something other than that it failed."""
    function = unwrap(function) if callable(function) else function
    try:
        (found,) = ast.parse(dedent(getsource(function))).body
    except (OSError, TypeError, ValueError, SyntaxError):  # a lambda, a callable object, no function at all
        return False
    if not isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    own = list(_of_itself(found.body))
    leaves = any(isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) for node in own)
    return not leaves and _ends_by_raising(found.body) and not any(_says_else(node, function) for node in own)


def _ends_by_raising(body: Sequence[ast.stmt]) -> bool:
    """Whether whoever gets to the end of some statements has raised there, whichever way that was."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return _ends_by_raising(last.body) and _ends_by_raising(last.orelse)
    if isinstance(last, ast.Try):
        handled = all(_ends_by_raising(handler.body) for handler in last.handlers)
        return _ends_by_raising(last.finalbody) or (handled and _ends_by_raising(last.orelse or last.body))
    return isinstance(last, ast.Raise)


def _of_itself(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Every node of a function's own, and none of functions and classes that are defined in it."""
    for node in body:
        yield node
        if not isinstance(node, _OWN_SCOPE):
            yield from _of_itself(list(ast.iter_child_nodes(node)))


def _says_else(node: ast.AST, function: Any) -> bool:
    """Whether a node names an exception by which a task says something other than that it failed."""
    if isinstance(node, ast.Attribute):
        return node.attr in NO_FAILURES
    if isinstance(node, ast.alias):
        return node.name in NO_FAILURES
    if not isinstance(node, ast.Name):
        return False
    meant = getattr(function, "__globals__", {}).get(node.id)
    named = {base.__name__ for base in meant.__mro__} if isinstance(meant, type) else {node.id}
    return bool(named & NO_FAILURES)
