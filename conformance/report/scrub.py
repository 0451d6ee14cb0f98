"""What a report must not tell of the machine it was made on: taken out of every text before it becomes a record."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from conformance.sandbox.looks_secret import ASSIGNED, PERHAPS, TEXTS

SHORTEST, SHORTEST_SECRET = 8, 4
"""Characters of a value of the environment that is taken out; shorter ones are words that occur anywhere."""

_RULES = (
    # What pytest has shortened is not known again by the rest of it.
    (re.compile(r"[^\s'\"]*\.\.\.[^\s'\"]+|[^\s'\"]*[^\s'\".A-Za-z][^\s'\"]*\.\.\."), "..."),
    # scheme://user:password@host, whatever the password holds
    (re.compile(r"(\w://)[^\s'\"]*@"), r"\1***@"),
    (TEXTS["an AWS access key id"], "***"),
    # What is left of absolute paths: of /a/b/c.py the name of the file.
    (re.compile(r"(?<![\w/:.>~…-])/(?:[\w.@+~-]+/)+([\w.@+~-]*)"), r"…/\1"),
)


def scrubber(
    folder: Path, environment: Mapping[str, str], host: str = "", left: AbstractSet[str] = frozenset()
) -> Callable[[str], str]:
    """
    A function that takes out of a text what tells of this machine.

    Paths below the parent of `folder` become relative to it, like those in a record; a value of the environment becomes
    the name of its variable, the name of the machine `<host>`, a secret `***`. What is to be `left` are words that say
    what happened, whatever they may be besides: states, rules, and ids, behind which a report says what became of them.
    """
    words = {value: f"<${name}>" for name, values in environment.items() for value in _telling(name, values)}
    host = host or socket.gethostname()
    words |= {name: "<host>" for name in (host, host.partition(".")[0]) if name not in ("", "localhost")}
    longest_first = sorted(words.keys() - left, key=len, reverse=True)
    known = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})(?!\w)")
    parent = re.compile(rf"(?<!\w){re.escape(str(folder.parent).rstrip('/'))}/")

    def scrub(text: str) -> str:
        text = known.sub(lambda found: words[found[0]], parent.sub("", text))
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        return ASSIGNED.sub(assigned, text)

    def assigned(found: re.Match[str]) -> str:
        is_an_id = found["name"] in left and found["is"].strip() == ":"
        return found[0] if is_an_id else f"{found['name']}{found['is']}***"

    return scrub


def _telling(name: str, value: str) -> list[str]:
    """The lines of a value that would tell something; those of a secret tell even if they are short."""
    shortest = SHORTEST_SECRET if PERHAPS.search(name) else SHORTEST
    return [line for line in map(str.strip, value.splitlines()) if len(line) >= shortest]
