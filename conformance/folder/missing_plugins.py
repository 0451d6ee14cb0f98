"""What a plugin of the user's would have made known to Airflow, if it had been loaded."""

from __future__ import annotations

import re

_UNKNOWN = re.compile(
    r" class '(?P<registered>[^']+)' is not registered"  # a timetable, a weight strategy, a window
    r"|Unknown priority strategy (?P<strategy>[\w.]+)"
    r"|Custom dep class (?P<dep>[\w.]+) not (?:de)?serialized"
)

_OF_A_DAG_FILE = "unusual_prefix_"
"""How Airflow names the module of a DAG file. No plugin can register what is defined in one, under that name."""


def needed(error: str) -> str | None:
    """Why a DAG cannot be tried, if Airflow's error says that it knows a class by no plugin; else None."""
    found = _UNKNOWN.search(error)
    name = found and next(filter(None, found.groups()))
    if not name or name.startswith(_OF_A_DAG_FILE):
        return None
    return f"Airflow knows '{name}' only by a plugin, and none registers it: name their folder with --plugins"
