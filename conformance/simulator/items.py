"""What tasks return whose results others are mapped over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.folder.operators import mapped_over
from conformance.seam.api import Dag, Key
from conformance.seam.before_simulation import is_converted, keys_of_items


class Items:
    """
    Of a DAG, the items to map over that its tasks return.

    An item is a number. Where `expand_kwargs` maps, it is a mapping that has the arguments that are needed.
    """

    def __init__(self, dag: Dag) -> None:
        over = {task: [(one, keys_of_items(one)) for one in mapped] for task, mapped in mapped_over(dag).items()}
        self._keys = {task: _together(mapped) for task, mapped in over.items()}
        self._for = {task.task_id: keys for mapped in over.values() for one, keys in mapped for task in _in(one)}
        self._in_mapping = {task for task in over if getattr(dag.task_dict[task], "multiple_outputs", False)}

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

    def item_for(self, mapped: str, item: Any) -> Any:
        """The same item as a mapped task needs it."""
        keys = self._for.get(mapped)
        return item if keys is None else dict.fromkeys(keys, 0)


def _in(mapped: Any) -> Iterable[Any]:
    """The tasks of a mapped group, or the mapped task alone."""
    return mapped.iter_tasks() if hasattr(mapped, "iter_tasks") else (mapped,)


def _together(mapped: list[tuple[Any, list[str] | None]]) -> list[str] | None:
    """The keys that all need who map directly over what a task returns; None if none of them needs any."""
    wanted = [keys for one, keys in mapped if keys is not None and not is_converted(one)]
    return sorted({key for keys in wanted for key in keys}) if wanted else None
