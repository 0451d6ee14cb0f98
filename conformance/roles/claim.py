"""
What every claim has: a DAG, and fields that say which tasks play which role and what the DAG's owner believes.

A role is a field of type `str` (one task) or `tuple[str, ...]` (several). Other fields say what the DAG's owner
believes of it, times in seconds. A field that a claim leaves out leaves out the cases that need it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from conformance.roles.shapes import Shape

UNSAID: Any = None
"""What a field holds that a claim leaves out. A case only ever gets claims that fill the fields it needs."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Claim:
    """One DAG follows one pattern."""

    pattern: ClassVar[str]
    roles: ClassVar[tuple[str, ...]]
    """The fields that name tasks."""
    groups: ClassVar[tuple[str, ...]] = ()
    """The fields that name task groups."""
    shapes: ClassVar[dict[str, tuple[Shape, ...]]] = {}
    """What the tasks of a role have to be, for a claim to make sense at all."""
    is_claimed: ClassVar[bool] = True
    """Whether somebody has to claim it, rather than that it holds of itself."""
    asked_for: ClassVar[str] = ""
    """The option that asks for its cases, if they only run for whoever gives it."""

    dag: str
    """The id of the DAG."""
    since: str = ""
    """The first Airflow minor on which this DAG can be parsed; empty: any."""

    @classmethod
    def argument(cls) -> str:
        """By which name a case gets its claim."""
        return cls.pattern.replace("-", "_")

    @property
    def label(self) -> str:
        """What tells this claim from the others: the DAG and the task that it is about, or the first of them."""
        named = next((getattr(self, role) for role in self.roles if getattr(self, role)), "")
        first = named if isinstance(named, str) else named[0]
        return f"{self.dag}:{first}" if first else self.dag

    def __repr__(self) -> str:
        return f"<claim {self.pattern} of {self.label}>"

    def has(self, needs: tuple[str, ...]) -> bool:
        """Whether this claim says everything that a case needs."""
        return all(getattr(self, need) not in (None, False, ()) for need in needs)

    @classmethod
    def settings(cls) -> dict[str, Any]:
        """The fields that a claim may fill, with their types as text."""
        return {f.name: f.type for f in fields(cls) if f.metadata.get("said", True)}
