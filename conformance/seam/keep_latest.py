"""What is kept of many things that come one after the other: the last few."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

FEW = 50
"""The cases go DAG by DAG, so that one that was left out is seldom wanted again; a large folder must fit in memory."""


class Latest(dict[K, V]):
    """A dict that keeps the last few entries that were made, and tells `left` of each that it leaves out."""

    def __setitem__(self, key: K, value: V) -> None:
        """Make an entry the last one."""
        self.pop(key, None)
        super().__setitem__(key, value)
        while len(self) > FEW:
            oldest = next(iter(self))
            del self[oldest]
            self.left(oldest)

    def left(self, key: K) -> None:
        """An entry has been left out."""
