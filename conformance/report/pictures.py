"""The pictures in `report.html`: kept in a file, so that a report can be made where no Airflow is."""

from __future__ import annotations

import json

from conformance.paths import FIXTURES
from conformance.report.chapters_model import Drawn
from conformance.report.fields import built

FILE = FIXTURES / "pictures.json"


def read() -> dict[str, Drawn]:
    """What is drawn of each pattern, as it was written down; needs no Airflow."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: built(Drawn, found) for name, found in data.items()}
