"""Every Airflow: the user's plugins, loaded as Airflow loads them, but for their listeners."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_LISTENERS = ("airflow.listeners.listener", "airflow.sdk.listener")


def load() -> dict[str, str]:
    """
    Load the plugins of Airflow's plugins folder and of installed packages; returns why some cannot be, by their files.

    Their listeners stay silent: they hear of runs that never were, and tell others.
    """
    for name in _LISTENERS:
        _silence(name)
    manager: Any = import_module("airflow.plugins_manager")
    manager.ensure_plugins_loaded()
    manager.integrate_macros_plugins()
    _load_for_tasks()
    errors = manager.get_import_errors() if hasattr(manager, "get_import_errors") else manager.import_errors
    return dict(errors)


def _load_for_tasks() -> None:
    """From 3.2 the worker loads them once more, for itself: now, and not in the middle of a run."""
    try:
        manager: Any = import_module("airflow.sdk.plugins_manager")
    except ImportError:
        return
    manager.integrate_macros_plugins()


def _silence(module: str) -> None:
    try:
        listener: Any = import_module(module)
    except ImportError:
        return
    listener.integrate_listener_plugins = lambda *_: None
