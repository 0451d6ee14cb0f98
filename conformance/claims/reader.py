"""
Reading `claims.toml`.

    [[claim]]
    pattern = "retry"
    dag = "orders"
    task = "call_payment_api"
    retries = 3

    [since]
    "uses_never_fail.py" = "2.10"      # not looked at on an older Airflow

`[[tolerate]]` is read by `tolerances`.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conformance.claims import tolerances
from conformance.claims.fit import fit
from conformance.claims.kinds import kinds
from conformance.errors import UserError, only, quoted
from conformance.files import toml
from conformance.folder.survey import Folder
from conformance.roles.claim import Claim

FILE = "claims.toml"
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "datetime": (datetime,),
}


@dataclass(frozen=True)
class Claims:
    """
    What a `claims.toml` says: its claims in order, from which Airflow minor some files can be looked at, and which
    failures are tolerated.
    """

    claims: tuple[Claim, ...] = ()
    since: dict[str, str] = field(default_factory=dict)
    tolerances: tuple[tolerances.Tolerance, ...] = ()


def read(path: Path) -> Claims:
    """Read a claims file. Raises UserError for anything that is not as it should be."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = toml(text)
    except ValueError as error:
        raise UserError(f"{path} is not valid TOML ({error}): correct it.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): name a file of claims.") from None
    only(data, {"claim", "since", "tolerate"}, f"{path}")
    entries = data.get("claim", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UserError(f"{path}: write each claim as a table of its own, `[[claim]]`.")
    claims = tuple(_claim(entry, f"{path}, claim {number}") for number, entry in enumerate(entries, 1))
    since = data.get("since", {})
    if not isinstance(since, dict):
        raise UserError(f"{path}: write what needs a newer Airflow as a table, `[since]`, of files and versions.")
    for file, minor in since.items():
        _minor(minor, f"{path}, [since], '{file}'")
    return Claims(claims, since, tolerances.read(data.get("tolerate"), text, path))


def check(claims: Claims, folder: Folder, path: Path) -> None:
    """Refuse claims about files, DAGs and tasks that do not exist or do not fit. Raises UserError."""
    dags, files = folder.dags, {file.path for file in folder.files}
    for file in claims.since:
        if file not in files:
            raise UserError(f"{path}, [since]: there is no file '{file}': name one of {quoted(files)}.")
    for number, claim in enumerate(claims.claims, 1):
        where = f"{path}, claim {number} ({claim.pattern})"
        if claim.dag not in dags and (claim.since or any(file.error for file in folder.files)):
            continue  # the DAG is in a file that this Airflow cannot parse
        if claim.dag not in dags:
            raise UserError(f"{where}: there is no DAG '{claim.dag}': name one of {quoted(dags)}.")
        fit(claim, dags[claim.dag], where)


def _claim(entry: dict[str, Any], where: str) -> Claim:
    entry = dict(entry)
    pattern = entry.pop("pattern", None)
    known = [name for name, kind in kinds().items() if kind.is_claimed]
    if pattern not in known:
        problem = "it names no pattern" if pattern is None else f"there is no pattern '{pattern}' to claim"
        raise UserError(f"{where}: {problem}: use one of {quoted(known)}.")
    kind = kinds()[pattern]
    where = f"{where} ({pattern})"
    only(entry, set(kind.settings()), where)
    required = [f.name for f in fields(kind) if f.default is MISSING]
    missing = [name for name in required if name not in entry]
    if missing:
        raise UserError(f"{where}: say also {quoted(missing)}.")
    _minor(entry.get("since", ""), f"{where}, 'since'")
    if kind.roles and not any(name in entry for name in kind.roles):
        raise UserError(f"{where}: it names no task: say at least one of {quoted(kind.roles)}.")
    said = {}
    for name, value in entry.items():
        items = "task ids" if name in kind.roles else ""
        said[name] = _value(value, kind.settings()[name], f"{where}, '{name}'", items)
    if said.get("interval", 1) <= 0:
        raise UserError(
            f"{where}, 'interval' is {said['interval']}, but time passes between two pokes: say more than 0."
        )
    if "zone" in said:
        _zone(said["zone"], f"{where}, 'zone'")
    return kind(**said)


def _value(value: Any, wanted: str, where: str, items: str) -> Any:
    if not wanted.startswith("tuple"):
        if not _is(value, wanted):
            said = value.isoformat() if isinstance(value, datetime) else repr(value)
            raise UserError(f"{where}: {said} is not {_KINDS[wanted]}.")
        return value
    item = wanted.removeprefix("tuple[").removesuffix(", ...]")
    if not isinstance(value, list) or not value or not all(_is(one, item) for one in value):
        raise UserError(f"{where}: {value!r} is not a list of {items or _SEVERAL[item]}.")
    return tuple(value)


def _is(value: Any, wanted: str) -> bool:
    """Whether a value is of a type, by its name; an instant needs a time zone, and no truth value is a number."""
    allowed = _TYPES[wanted]
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        return False
    return not isinstance(value, datetime) or value.tzinfo is not None


def _zone(name: str, where: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"{where}: there is no time zone '{name}'; they look like \"Europe/Berlin\".") from None


def _minor(value: Any, where: str) -> None:
    if not isinstance(value, str) or (value and not re.fullmatch(r"\d+\.\d+", value)):
        raise UserError(f'{where}: {value!r} is not an Airflow minor; they look like "2.10".')


_KINDS = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "datetime": "an instant with its time zone, such as 2024-01-07T06:00:00Z",
}
_SEVERAL = {"str": "texts", "datetime": "instants with their time zones, such as 2024-01-07T06:00:00Z"}
