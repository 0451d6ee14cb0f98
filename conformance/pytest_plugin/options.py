"""The options of a verification: one table, for the plugin and for the command. Imported with every pytest start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class Option:
    """
    One option: what it does, in a sentence, and what a value of it is.

    Without a `metavar` it is a switch; with `many` it may be repeated.
    """

    name: str
    help: str
    metavar: str = ""
    type: Callable[[str], Any] = str
    default: Any = None
    many: bool = False


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


_ALL = (
    Option("dags", "The folder of DAGs to check; without it, the reference DAGs.", "FOLDER", Path),
    Option("claims", "The file of claims; without it, claims.toml in the folder.", "FILE", Path),
    Option("import-timeout", "Seconds that each DAG file may take.", "SECONDS", _seconds, 30.0),
    Option("case-timeout", "Seconds that each case may take.", "SECONDS", _seconds, 120.0),
    Option("report", "Where to write the report, a JSON line for each checked case; exit 0, 1, 2.", "FILE", Path),
    Option("conformance-quiet", "Print our matrix only, nothing of pytest's own."),
    Option("pythonpath", "Where the DAGs' own packages are; may be repeated.", "FOLDER", Path, [], many=True),
    Option(
        "plugins-folder", "The folder of Airflow plugins; without it, plugins in or beside the DAGs.", "FOLDER", Path
    ),
    Option("no-stand-ins", "Stand in for nothing that is missing: a file that needs it fails."),
    Option("variables", "Airflow Variables for the DAGs, JSON or .env.", "FILE", Path),
    Option("connections", "Airflow Connections for the DAGs, likewise.", "FILE", Path),
    Option("env-file", "Variables of the environment for the DAGs, lines NAME=value.", "FILE", Path),
    Option("advice-fails", "Let advice fail the run, too."),
    Option("baseline", "Write in claims.toml that what fails today is tolerated."),
    Option("execute", "Let all tasks run their own code, too: AWS mocked, no network."),
    Option("processes", "How many DAG files are checked at a time; without it, one a processor.", "COUNT", int),
    Option("no-cache", "Simulate again what was simulated before and has not changed."),
    Option("case", "Only this case; may be repeated.", "ID", default=[], many=True),
    Option("dag", "Only this DAG; may be repeated.", "DAG_ID", default=[], many=True),
)

OPTIONS = {option.name: option for option in _ALL}
"""By name, without the dashes in front."""


def add(group: pytest.OptionGroup) -> None:
    """Add all of them to a group of pytest's."""
    for option in OPTIONS.values():
        said: dict[str, Any] = {"action": "store_true"}
        if option.metavar:
            said = {"metavar": option.metavar, "type": option.type, "default": option.default}
        if option.many:
            said["action"] = "append"
        default = f" ({option.default:g})" if isinstance(option.default, float) else ""
        group.addoption(f"--{option.name}", help=option.help.rstrip(".") + default, **said)


def words(given: Mapping[str, Any]) -> list[str]:
    """The words of a command line that give these options; those without a value are left out."""
    found: list[str] = []
    for name, value in given.items():
        option = OPTIONS[name]
        if option.many:
            found += [word for one in value or [] for word in (f"--{name}", str(one))]
        elif option.metavar:
            found += [f"--{name}", str(value)] if value is not None else []
        else:
            found += [f"--{name}"] * value
    return found
