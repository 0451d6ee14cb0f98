"""
What somebody gives to a run in files: Airflow Variables, Connections, and variables of the environment.

The file of the first two is a JSON object, as `airflow variables import` and `airflow connections import` read it, or
lines `KEY=value` if its name ends in `.env`, as that of the third always is. Airflow finds the first two in variables
of the environment, too; a report never shows their values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from conformance.errors import UserError, quoted
from conformance.paths import told
from conformance.sandbox import env
from conformance.sandbox.looks_secret import is_name_of_secret

OPTIONS = VARIABLES, CONNECTIONS, ENV_FILE = "--variables", "--connections", "--env-file"
_PREFIXES = {VARIABLES: "AIRFLOW_VAR_", CONNECTIONS: "AIRFLOW_CONN_"}
_WORD = re.compile(r"[A-Za-z_-]+|\d+")
_PARTS = {"conn_id", "conn_type", "description", "login", "password", "host", "port", "schema", "extra", "extra_dejson"}
_SHORTEST_SECRET = 4
"""Shorter values are left in a report: whoever hides every `1` hides how often a task was tried."""

_MISSING = (
    (re.compile(r"KeyError: 'Variable (.+?) does not exist"), "Variable", VARIABLES),
    (re.compile(r"VARIABLE_NOT_FOUND: .*'Variable (.+?) not found"), "Variable", VARIABLES),
    (re.compile(r"The conn_id `(.+?)` isn't defined"), "Connection", CONNECTIONS),
)
_NAMELESS = (("_get_variable", "Variable", VARIABLES), ("_get_connection", "Connection", CONNECTIONS))
"""Where Airflow 3.0 looks for one in a process that is no task: it falls over before it can say which."""


@dataclass(frozen=True)
class Given:
    """What was given: the files by their options, variables of the environment, and texts that nobody may see."""

    files: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    named_secret: frozenset[str] = field(default=frozenset(), repr=False)
    """Those of the texts that go by the name of a secret."""

    @property
    def options(self) -> str:
        """The options that give it again, each with a space in front."""
        return "".join(f" {option} {told(path)}" for option, path in self.files.items())

    def hide(self, text: str, fixed: AbstractSet[str] = frozenset(), ordinary: AbstractSet[str] = frozenset()) -> str:
        """
        The text without the values that were given, but for `fixed` words, and `ordinary` ones that name no secret.

        What is a word, or a number, is hidden where it stands alone: `all_success` does not hold the value `success`.
        """
        kept = fixed | (ordinary - self.named_secret)
        for secret in self.secrets:
            if secret not in kept:
                alone = r"(?<!\w){}(?!\w)" if _WORD.fullmatch(secret) else "{}"
                text = re.sub(alone.format(re.escape(secret)), "***", text)
        return text


def read(variables: Path | None, connections: Path | None, env_file: Path | None = None) -> Given:
    """Read the files that were named. Raises UserError for one that is not as it should be, and names no value."""
    files: dict[str, Path] = {}
    environment: dict[str, str] = {}
    secrets: set[str] = set()
    named: set[str] = set()
    for option, path in zip(OPTIONS, (variables, connections, env_file), strict=True):
        if path is None:
            continue
        files[option] = path
        for name, value in (_environment(path) if option == ENV_FILE else _entries(path)).items():
            text = _connection(value, f"{path}, connection '{name}'") if option == CONNECTIONS else _variable(value)
            key = name if option == ENV_FILE else _PREFIXES[option] + name.upper()
            if key in environment or not name or "=" in name or "\0" in name + text:
                raise UserError(f"{path}: '{name}' cannot be given: its name must be another, also in capital letters.")
            environment[key] = text
            secrets |= {text, *_leaves(value)}
            named |= {*_named_secret({name: value})}
    hidden = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
    return Given(files, environment, tuple(sorted(hidden, key=len, reverse=True)), frozenset(named))


def names(path: Path, option: str) -> set[str]:
    """What a file sets when it is given by `option`. Raises UserError for one that cannot be."""
    read(*(path if option == one else None for one in OPTIONS))
    return set(_environment(path) if option == ENV_FILE else _entries(path))


def missing(message: str, trace: str) -> str | None:
    """What is to be given, if the message of an error says that there is no such Variable or Connection; else None."""
    for pattern, kind, option in _MISSING:
        if found := pattern.search(message):
            return f"asks for the Airflow {kind} '{found[1]}' while it is imported: give it with {option} FILE"
    if "SUPERVISOR_COMMS" in message:
        for function, kind, option in _NAMELESS:
            if f"in {function}" in trace:
                return f"asks for an Airflow {kind} while it is imported: give it with {option} FILE"
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UserError(f"{path} cannot be read ({why}): name a file of variables or connections.") from None


def _entries(path: Path) -> dict[str, Any]:
    text = _text(path)
    if path.suffix == ".env" or path.name == ".env":
        return _lines(text, path)
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path}, line {error.lineno}: this is not JSON ({error.msg}): correct it.") from None
    if not isinstance(entries, dict):
        raise UserError(f"{path}: write a JSON object of names and values, or lines NAME=value in a .env file.")
    return entries


def _environment(path: Path) -> dict[str, str]:
    """
    As a shell, or Docker, reads such a file: `export` and quotes around a value are no part of it.

    Without the settings of Airflow and the credentials of AWS, which lead out of the sandbox.
    """
    found = {}
    for name, value in _lines(_text(path), path).items():
        value = value.strip()
        quoted_once = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        found[name.strip().removeprefix("export ").strip()] = value[1:-1] if quoted_once else value
    kept_out = {name for name in env.foreign(found) if not name.startswith(tuple(_PREFIXES.values()))}
    return {name: value for name, value in found.items() if name not in kept_out}


def _lines(text: str, path: Path) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = line.partition("=")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not equals or name in entries:
            raise UserError(f"{path}, line {number}: write NAME=value, and each name once.")
        entries[name] = value
    return entries


def _variable(value: Any) -> str:
    """As `airflow variables import` would store it."""
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    return value if isinstance(value, str) else json.dumps(value)


def _connection(value: Any, where: str) -> str:
    """As `AIRFLOW_CONN_…` has it: a URI, or a JSON object."""
    if isinstance(value, str) and "://" in value:
        return value
    if not isinstance(value, dict):
        raise UserError(f"{where}: write a URI, such as postgres://host/schema, or an object.")
    unknown = sorted(set(value) - _PARTS)
    if unknown:
        raise UserError(f"{where}: nothing is called '{unknown[0]}': use one of {quoted(_PARTS)}.")
    said = {name: part for name, part in value.items() if name not in ("conn_id", "extra_dejson")}
    if "extra_dejson" in value:
        said["extra"] = value["extra_dejson"]
    return json.dumps(said)


def _leaves(value: Any) -> Iterator[str]:
    """Every text and number inside a value, and inside a URI with credentials, but no type of a connection."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part) if name != "conn_type" else ()
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part)
    elif isinstance(value, str):
        yield value
        yield from _parts_of_uri(value)
        if value.lstrip()[:1] in ("{", "["):
            with suppress(ValueError):
                yield from _leaves(json.loads(value))
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _parts_of_uri(text: str) -> Iterator[str]:
    """What a URI with credentials tells; the bucket of one without, or its host, may be any word."""
    if "://" not in text:
        return
    uri = urlsplit(text)
    parts = [part for _, part in parse_qsl(uri.query)]
    if uri.password:
        parts += [uri.username or "", uri.password, uri.hostname or "", uri.path.strip("/")]
    yield from filter(None, [*parts, *map(unquote, parts)])


def _named_secret(value: Any) -> Iterator[str]:
    """The texts inside a value that go by the name of a secret, or are the password of a URI."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part) if is_name_of_secret(str(name)) else _named_secret(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named_secret(part)
    elif isinstance(value, str) and "://" in value:
        password = urlsplit(value).password or ""
        yield from (password, unquote(password))
