"""A starter `claims.toml`: every claim with the reason for it, for who knows better to correct and complete."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import fields

from conformance.claims.kinds import kinds
from conformance.discovery import discover
from conformance.discovery.found import Found
from conformance.files import toml_value
from conformance.folder.survey import DagFile, Folder
from conformance.roles.claim import Claim

_HEAD = """
What the DAGs of this folder seem to do, as seen in their structure. Each claim holds for them as they are today.
Read them as questions: is it meant so? Correct a value, and a case fails until the DAG does what you say; delete
what you do not care for. Times are in seconds. `airflow-conformance explain RETRY-002` tells what a case is about.
"""

_UNSEEN = {
    "schedule": "when the runs of a DAG are to start, and what each is about",
    "third-party-packages": "a task that runs in another Python environment, and what it returns there",
    "pass-data": "which task uses the result of which, and how",
    "callbacks": "who is to be told what becomes of a task or of the run",
    "params": "which values a run takes, and which it refuses",
    "templates": "a task whose arguments are templates, and what it is to get",
    "mapping": "which task is mapped over the result of which, and who collects what comes of it",
    "limits": "how many of which tasks are meant to be at work at a time",
    "earlier-runs": "a task that needs what the run before has made",
    "latest-only": "what is to be done in the newest run only",
    "xcom-size-limit": "tasks that keep their XComs small",
    "large-data": "a task that stores its result in S3 and hands on where it is",
    "shared-data": "mapped tasks that write to one item of a DynamoDB table",
    "external-store": "a task that writes the same objects however often it runs",
    "poll-for-job": "a task that starts a Glue job, and the sensor that waits for it",
    "sensor-result": "a sensor that hands what it found to the next task; which results are good",
}
"""What no structure tells, with what a claim would speak of."""


def starter(folder: Folder) -> str:
    """The text of a `claims.toml` for a folder."""
    blocks = [_comment(_HEAD)]
    blocks += [_unreadable(file) for file in folder.files if file.error]
    for dag in folder.dags.values():
        found = discover(dag)
        where = " ".join(f"{dag.dag_id} ({dag.file}:{dag.line})".split())  # one line, whatever the file is called
        blocks.append(f"# --- {where}" + ("" if found else ": nothing that its structure tells"))
        blocks += map(_claim, found)
    blocks.append("\n".join(_unseen()))
    return "\n\n".join(blocks) + "\n"


def _claim(found: Found) -> str:
    lines = ["[[claim]]", *_fields(found.claim)]
    if found.held_back:
        held_back = _comment(f"Remove the # to claim it: {found.held_back}.")
        return "\n".join([_comment(found.why), held_back, *(f"#{line}" for line in lines)])
    return "\n".join([_comment(found.why), *lines])


def _fields(claim: Claim) -> Iterator[str]:
    yield f"pattern = {toml_value(claim.pattern)}"
    for field in fields(claim):
        value = getattr(claim, field.name)
        if value != field.default and value is not None:
            yield f"{field.name} = {toml_value(value)}"


def _unreadable(file: DagFile) -> str:
    assert file.error
    return _comment(f"{file.path} was left out, because it cannot be imported here: {file.error.message}")


def _unseen() -> Iterator[str]:
    yield "# --- What cannot be seen in the structure of a DAG; claim it where it is meant:"
    assert set(_UNSEEN) <= set(kinds())
    for pattern, what in _UNSEEN.items():
        yield f"#   {pattern}: {what}"


def _comment(text: str) -> str:
    lines = textwrap.wrap(" ".join(text.split()), 118, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines)
