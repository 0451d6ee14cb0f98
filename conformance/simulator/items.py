"""What tasks return whose results others are mapped over."""

from __future__ import annotations

from typing import Any

from conformance.folder.operators import mapped_over
from conformance.seam.api import Dag, Key
from conformance.seam.before_simulation import keys_of_items


class Items:
    """
    Of a DAG, the items to map over that its tasks return.

    An item is a number. Where `expand_kwargs` maps, it is a mapping that has the arguments that are needed.
    """

    def __init__(self, dag: Dag) -> None:
        keys = {task: [keys_of_items(node) for node in nodes] for task, nodes in mapped_over(dag).items()}
        self._keys = {task: _together(wanted) for task, wanted in keys.items()}
        self._in_mapping = {task for task in keys if getattr(dag.task_dict[task], "multiple_outputs", False)}

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._keys

    def of(self, key: Key, count: int) -> Any:
        """
        So many items as a task returns them: in a list or, if it has `multiple_outputs`, in a mapping. An instance of a
        mapped task returns one item, however many are asked for: of all that they return Airflow makes a list.
        """
        keys, in_mapping = self._keys[key.task_id], key.task_id in self._in_mapping
        items = [number if keys is None else dict.fromkeys(keys, number) for number in range(count)]
        if key.map_index >= 0 and keys is not None:
            return dict.fromkeys(keys, 0)
        return {str(number): item for number, item in enumerate(items)} if in_mapping else items


def _together(wanted: list[list[str] | None]) -> list[str] | None:
    """The keys that all of those who map need; None if none of them needs any."""
    mappings = [keys for keys in wanted if keys is not None]
    return sorted({key for keys in mappings for key in keys}) if mappings else None
