"""Adopting the kit on an old folder: what fails today becomes `[[tolerate]]` entries of its `claims.toml`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from conformance.claims import reader
from conformance.claims.tolerances import TO_BE_FIXED
from conformance.files import write


def append(path: Path, failures: Iterable[tuple[str, str]], airflow: str) -> int:
    """
    Tolerate these failures (case, subject), which were seen on version `airflow`; how many entries that are.

    What the file holds stays as it is, byte for byte, in front of them. It is replaced in one step.
    """
    new = list(dict.fromkeys(failures))
    if not new:
        return 0
    before = path.read_bytes() if path.exists() else b""
    known = {(t.case, t.subject) for t in reader.read(path).tolerances} if before else set()
    minor = ".".join(airflow.split(".")[:2])
    entries = [_entry(case, subject, f"=={minor}.*" if (case, subject) in known else "") for case, subject in new]
    head = f"# Failed on {date.today()} with Airflow {airflow}, when --baseline was used.\n"
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    write(path, before + gap + "\n".join([head, *entries]).encode())
    return len(new)


def _entry(case: str, subject: str, airflow: str) -> str:
    """One entry; another one is there already if `airflow` says for which versions this one is."""
    said = {"case": case, "subject": subject, "reason": TO_BE_FIXED} | ({"airflow": airflow} if airflow else {})
    return "\n".join(["[[tolerate]]", *(f"{name} = {_toml(value)}" for name, value in said.items())]) + "\n"


def _toml(text: str) -> str:
    """A TOML string: as in JSON, but for what has to be escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
