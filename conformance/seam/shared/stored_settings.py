"""Every Airflow: what it stores of the tasks of a DAG, and with that all that its scheduler knows of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_NAMES = ("task_id", "label", "downstream_task_ids", "doc", "doc_md", "doc_rst", "doc_json", "doc_yaml", "owner")


def settings(stored: Mapping[str, Any]) -> dict[str, str]:
    """The settings of each task of a stored DAG, but for its names, what follows it, and what its templates say."""
    found = {}
    for task in stored["dag"]["tasks"]:
        said = task.get("__var", task)
        kept = {name: value for name, value in said.items() if name not in (*_NAMES, *said.get("template_fields", ()))}
        found[said["task_id"]] = json.dumps(kept, sort_keys=True, default=repr)
    return found
