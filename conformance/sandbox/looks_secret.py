"""What looks like a secret: by the name that a value goes by, or by the value itself. This is the whole list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_KEY = r"(?:api|access|private|secret|signing|encryption)_?key"

NAMES = re.compile(
    r"(^|[\W_])("
    r"passw(?:or)?d|passphrase|pwd"
    r"|secret"
    r"|(?<!next_)(?<!page_)(?<!pagination_)(?<!continuation_)token"  # those only say where a list goes on
    rf"|{_KEY}"
    r")$"
)
"""How the name of a secret ends, in small letters, with an underscore between its words."""

PERHAPS = re.compile(r"pass|secret|token|key|credential|auth", re.IGNORECASE)
"""What is in the name of an environment variable that may be a secret: to hide more than that harms nobody."""

ASSIGNED = re.compile(
    rf"(?i)(?P<name>\w*(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|{_KEY})(?:s|_\w+)?)"
    r"(?P<is>[\"']?\s*[=:]\s*)(?:\"[^\"\n]*\"|'[^'\n]*'|(?!\*\*\*)[^\s\"',;)&]+)"
)
"""How a text says one: `password=…`, `"api_key": "…"`."""

TEXTS = {
    "an AWS access key id": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key (PEM)": re.compile(r"-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----"),
    "a JSON web token": re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"),
    "a URI with a password": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/?#:@]*:(?!\*+@)[^\s/?#@]+@", re.IGNORECASE),
}
"""What secrets look like themselves, by what each is called."""

HARMLESS = re.compile(r"\s*|\*+|arn:\S+")
"""What stands for a secret and is none: nothing, asterisks, the name that AWS has for it."""


def looks_secret(value: Any) -> list[str]:
    """What in a value, at any depth, looks like a secret: the kind of each, never the secret itself."""
    return list(dict.fromkeys(_found(value)))


def is_name_of_secret(name: str) -> bool:
    """Whether a value that goes by this name is a secret."""
    return bool(NAMES.search(_spelt(name)))


def _found(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (kind for kind, looks in TEXTS.items() if looks.search(value))
        if value.lstrip()[:1] in ("{", "["):
            yield from _found(_from_json(value))
    elif isinstance(value, Mapping):
        for name, held in value.items():
            named = NAMES.search(_spelt(str(name)))
            if named and isinstance(held, str) and not HARMLESS.fullmatch(held):
                yield f"a text whose name ends in '{named[2]}'"
            yield from _found(name)
            yield from _found(held)
    elif isinstance(value, list | tuple | set | frozenset):
        for held in value:
            yield from _found(held)


def _spelt(name: str) -> str:
    """`apiKey`, `api-key` and `API_KEY` as `api_key`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", name).lower()


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
