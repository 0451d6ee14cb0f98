"""Every Airflow: what it stores of the tasks of a DAG, and with that all that its scheduler knows of them."""

from __future__ import annotations

import json

from conformance.seam.api import Dag
from conformance.seam.before_simulation import as_stored

_NAMES = ("task_id", "label", "downstream_task_ids", "doc", "doc_md", "doc_rst", "doc_json", "doc_yaml", "owner")


def settings(dag: Dag) -> dict[str, str]:
    """What Airflow stores of each task of a DAG, but for its names, what follows it, and what its templates say."""
    found = {}
    for task in as_stored(dag)["dag"]["tasks"]:
        said = task.get("__var", task)
        kept = {name: value for name, value in said.items() if name not in (*_NAMES, *said.get("template_fields", ()))}
        found[said["task_id"]] = json.dumps(kept, sort_keys=True, default=repr)
    return found
