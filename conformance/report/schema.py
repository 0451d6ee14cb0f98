"""The JSON Schema of one line of a report, as it is published: `conformance/report/schema.json`."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.report.fields import described
from conformance.report.record import KINDS

FILE = Path(__file__).with_suffix(".json")


def written() -> str:
    """The text of the file."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of a report of airflow-conformance",
        "description": "In a file: a header, the DAGs by id, the records by case and subject, a footer. "
        "A file without a footer was cut off and is no report.",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in KINDS],
        "$defs": {name: _line(name, kind) for name, kind in KINDS.items()},
    }
    return json.dumps(schema, indent=2) + "\n"


def _line(name: str, kind: type) -> dict[str, object]:
    found = described(kind)
    found["properties"] = {"kind": {"const": name}, **found["properties"]}
    found["required"] = ["kind", *found["required"]]
    return found
