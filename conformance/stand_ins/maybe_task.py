"""What a function that nobody knows makes, given a `task_id`: a value, until it stands among tasks, and then a task."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from conformance.stand_ins.users_code import is_theirs
from conformance.stand_ins.value import Value


class MaybeTask(Value):
    """
    A value that is a task from when it is put before or behind one; nobody can say more of `Runner(task_id="run")`.

    A builder of jobs is given the id of a task, too, and is none.
    """

    def __new__(cls, name: str, given: dict[str, Any]) -> Any:
        """One of this name, which was made with the arguments `given`."""
        made = super().__new__(cls, name)
        vars(made)["_given"] = given
        return made

    @property
    def _task(self) -> Any:
        """The task, which is made once."""
        known = vars(self)
        if "_made" not in known:
            known["_made"] = Value.operator(self._name)(**self._given)
        return known["_made"]

    def __iter__(self) -> Iterator[Any]:
        """For Airflow, which takes a text that is put behind a task for a list of tasks, the task."""
        frame = sys._getframe(1)
        return self._items_for(frame) if is_theirs(frame) else iter([self._task])

    @property
    def roots(self) -> Any:
        """As of a task."""
        return [self._task]

    @property
    def leaves(self) -> Any:
        """As of a task."""
        return [self._task]

    def update_relative(self, *args: Any, **kwargs: Any) -> Any:
        """As of a task."""
        return self._task.update_relative(*args, **kwargs)

    def set_upstream(self, *args: Any, **kwargs: Any) -> None:
        """As of a task."""
        self._task.set_upstream(*args, **kwargs)

    def set_downstream(self, *args: Any, **kwargs: Any) -> None:
        """As of a task."""
        self._task.set_downstream(*args, **kwargs)

    def __rshift__(self, other: Any) -> Any:
        return self._task >> other

    def __lshift__(self, other: Any) -> Any:
        return self._task << other

    def __rrshift__(self, other: Any) -> Any:
        return other >> self._task

    def __rlshift__(self, other: Any) -> Any:
        return other << self._task
